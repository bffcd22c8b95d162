/* Speed of the TextFSM engine, one thread, beside python3-textfsm on the same templates and files in the same run:
   bench_parse [NTC_TEMPLATES_CHECKOUT]. Without one: our own templates over our own fixtures. The goals are for the checkout. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/map.h"
#include "conformance/ntc.h"
#include "parse/textfsm.h"

enum { HOT_PASSES = 12 };

struct job { /* one template over one file */
    const char *template_path, *file;
    size_t template;
    struct str input;
    double first, hot; /* seconds */
    double peer;       /* < 0: none */
};

struct bench {
    struct arena arena;
    VEC(struct job) jobs;
    VEC(const char *) paths; /* distinct templates */
    struct str *texts;       /* of them */
    struct textfsm **templates;
    double peer_compile; /* < 0: none */
};

/* Of the processor, here and in the peer: other work on the machine then counts for neither. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stop(const char *what)
{
    fprintf(stderr, "bench_parse: %s\n", what);
    exit(1);
}

/* ---- what is parsed ---- */

static void add_job(struct bench *b, struct map *known, const char *template_path, const char *file)
{
    struct err e;
    struct job job = {.template_path = arena_strdup(&b->arena, template_path),
                      .file = arena_strdup(&b->arena, file),
                      .peer = -1};
    if (!file_read(file, &job.input, &e))
        stop(e.msg);
    size_t index = (size_t)(uintptr_t)map_get(known, template_path);
    if (index == 0) {
        VEC_ADD(&b->paths, job.template_path);
        index = b->paths.count;
        map_put(known, template_path, (void *)(uintptr_t)index);
    }
    job.template = index - 1;
    VEC_ADD(&b->jobs, job);
}

static void add_checkout(struct bench *b, struct map *known, const char *checkout)
{
    struct ntc n = {0};
    ntc_open(&n, checkout);
    for (size_t i = 0; i < n.pairs.count; i++) {
        char path[4096], *names = mem_strdup(ntc_templates(&n, &n.pairs.items[i])), *save;
        for (char *name = strtok_r(names, ":", &save); name; name = strtok_r(NULL, ":", &save)) {
            snprintf(path, sizeof path, "%s/%s", n.templates_dir, name);
            add_job(b, known, path, n.pairs.items[i].raw);
        }
        mem_free(names);
    }
    ntc_close(&n);
}

static bool reads(const char *template_path, const char *file)
{
    struct err e;
    struct str input = {0};
    struct textfsm_table table = {0};
    struct textfsm *t = textfsm_open(template_path, &e);
    bool good = t && file_read(file, &input, &e) &&
                textfsm_parse(t, str_cstr(&input), input.len, &table, &e) && table.row_count > 0;
    textfsm_table_clear(&table);
    textfsm_free(t);
    str_clear(&input);
    return good;
}

/* Each answer in fixtures/PLATFORM with each template of parsers/PLATFORM that reads it. */
static void add_fixtures(struct bench *b, struct map *known, const char *platform, const char *dir)
{
    char **names, **templates;
    char *parsers = arena_printf(&b->arena, "parsers/%s", platform);
    int count = ntc_names(dir, &names), template_count = ntc_names(parsers, &templates);
    for (int i = 0; i < count; i++) {
        char *path = arena_printf(&b->arena, "%s/%s", dir, names[i]);
        if (file_is_dir(path))
            add_fixtures(b, known, platform, path);
        for (int j = 0; j < template_count && str_ends(names[i], ".txt"); j++) {
            char *template = arena_printf(&b->arena, "%s/%s", parsers, templates[j]);
            if (reads(template, path))
                add_job(b, known, template, path);
        }
        mem_free(names[i]);
    }
    for (int j = 0; j < template_count; j++)
        mem_free(templates[j]);
    mem_free(templates);
    mem_free(names);
}

static void add_own(struct bench *b, struct map *known)
{
    char **platforms;
    int count = ntc_names("fixtures", &platforms);
    for (int i = 0; i < count; i++) {
        char *dir = arena_printf(&b->arena, "fixtures/%s", platforms[i]);
        if (file_is_dir(dir))
            add_fixtures(b, known, platforms[i], dir);
        mem_free(platforms[i]);
    }
    mem_free(platforms);
}

/* ---- the peer ---- */

/* The peer with the list as its standard input; gives what it prints. */
static FILE *start_peer(int list, pid_t *pid)
{
    int ends[2];
    if (pipe(ends) != 0 || (*pid = fork()) < 0)
        stop("cannot start the peer");
    if (*pid == 0) {
        dup2(list, STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        if (!freopen("/dev/null", "w", stderr)) /* without python3-textfsm: a traceback */
            _exit(127);
        execl("/usr/bin/python3", "python3", "tests/bench/peer_textfsm.py", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    return fdopen(ends[0], "r");
}

static void run_peer(struct bench *b)
{
    pid_t pid;
    FILE *list = tmpfile();
    if (!list)
        stop("cannot write the peer's list");
    for (size_t i = 0; i < b->jobs.count; i++)
        fprintf(list, "%s\t%s\n", b->jobs.items[i].template_path, b->jobs.items[i].file);
    rewind(list);
    FILE *peer = start_peer(fileno(list), &pid);
    if (fscanf(peer, "compile %lf\n", &b->peer_compile) == 1)
        for (size_t i = 0; i < b->jobs.count; i++)
            if (fscanf(peer, "file %lf\n", &b->jobs.items[i].peer) != 1)
                break;
    fclose(peer);
    fclose(list);
    waitpid(pid, NULL, 0);
}

/* ---- ours ---- */

static void read_templates(struct bench *b)
{
    struct err e;
    b->templates = mem_alloc_array(b->paths.count, sizeof *b->templates);
    b->texts = mem_alloc_array(b->paths.count, sizeof *b->texts);
    for (size_t i = 0; i < b->paths.count; i++)
        if (!file_read(b->paths.items[i], &b->texts[i], &e))
            stop(e.msg);
}

static double compile_all(struct bench *b, bool every_rule)
{
    struct err e = {0};
    double start = seconds();
    for (size_t i = 0; i < b->paths.count; i++) {
        b->templates[i] = textfsm_new(b->paths.items[i], str_cstr(&b->texts[i]), b->texts[i].len, &e);
        if (!b->templates[i] || (every_rule && !textfsm_compile(b->templates[i], &e)))
            stop(e.msg);
    }
    return seconds() - start;
}

static void free_all(struct bench *b)
{
    for (size_t i = 0; i < b->paths.count; i++)
        textfsm_free(b->templates[i]);
}

static double parse_one(struct bench *b, struct job *job)
{
    struct err e = {0};
    struct textfsm_table table;
    double start = seconds();
    textfsm_parse(b->templates[job->template], str_cstr(&job->input), job->input.len, &table, &e);
    double spent = seconds() - start;
    textfsm_table_clear(&table);
    return spent;
}

static void parse_all(struct bench *b)
{
    for (int pass = 0; pass < HOT_PASSES; pass++)
        for (size_t i = 0; i < b->jobs.count; i++) {
            struct job *job = &b->jobs.items[i];
            double spent = parse_one(b, job);
            if (pass == 0)
                job->first = spent;
            if (pass == 0 || spent < job->hot)
                job->hot = spent;
        }
}

/* ---- the report ---- */

struct sum {
    double bytes, first, hot, peer;
};

static struct sum sum_up(const struct bench *b, const char *without)
{
    struct sum s = {0};
    for (size_t i = 0; i < b->jobs.count; i++) {
        const struct job *job = &b->jobs.items[i];
        if (without && strstr(job->template_path, without))
            continue;
        s.bytes += (double)job->input.len;
        s.first += job->first;
        s.hot += job->hot;
        s.peer += job->peer;
    }
    return s;
}

static void print_ratio(double peer, double own, const char *goal)
{
    if (peer > 0)
        printf("  %6.1fx  %s\n", peer / own, goal);
    else
        printf("  python3-textfsm is not installed\n");
}

static void print_sum(const char *what, struct sum s, bool peer, const char *goal)
{
    printf("  %-34s %8.1f ms %7.1f MB/s", what, s.hot * 1e3, s.bytes / 1e6 / s.hot);
    if (peer)
        printf("   textfsm %9.1f ms %5.2f MB/s", s.peer * 1e3, s.bytes / 1e6 / s.peer);
    print_ratio(peer ? s.peer : 0, s.hot, goal);
    printf("  %-34s %8.1f ms %7.1f MB/s", "  the first time (rules compiled)", s.first * 1e3,
           s.bytes / 1e6 / s.first);
    print_ratio(peer ? s.peer : 0, s.first, "");
}

static void print_worst(const struct bench *b)
{
    const struct job *hot = &b->jobs.items[0], *first = hot, *peer = hot;
    for (size_t i = 0; i < b->jobs.count; i++) {
        const struct job *job = &b->jobs.items[i];
        hot = job->hot > hot->hot ? job : hot;
        first = job->first > first->first ? job : first;
        peer = job->peer > peer->peer ? job : peer;
    }
    printf("  worst file: %.2f ms (%s); the first time %.2f ms (%s)\n", hot->hot * 1e3,
           strrchr(hot->file, '/') + 1, first->first * 1e3, strrchr(first->file, '/') + 1);
    if (peer->peer > 0)
        printf("  worst of textfsm: %.0f ms (%s), here %.2f ms  must 20 ms, aim 5 ms\n", peer->peer * 1e3,
               strrchr(peer->file, '/') + 1, peer->hot * 1e3);
}

int main(int argc, char **argv)
{
    struct bench b = {.peer_compile = -1};
    struct map known = {0};
    const char *checkout = argc > 1 ? argv[1] : getenv("NTC");
    bool corpus = checkout && *checkout;
    if (corpus)
        add_checkout(&b, &known, checkout);
    else
        add_own(&b, &known);
    map_clear(&known);
    if (b.jobs.count == 0)
        stop("there is nothing to parse");
    read_templates(&b);
    run_peer(&b);
    bool peer = b.peer_compile >= 0;
    double every_rule = compile_all(&b, true);
    free_all(&b);
    double lazy = compile_all(&b, false);
    parse_all(&b);
    printf("  %zu templates, %zu files, %.2f MB\n", b.paths.count, b.jobs.count,
           sum_up(&b, NULL).bytes / 1e6);
    printf("  %-34s %8.1f ms", "templates compiled", lazy * 1e3);
    print_ratio(b.peer_compile, lazy, corpus ? "must 15x, aim 30x" : "");
    printf("  %-34s %8.1f ms", "  every rule by PCRE2 too", every_rule * 1e3);
    print_ratio(b.peer_compile, every_rule, "");
    print_sum("parsed, all files", sum_up(&b, NULL), peer, corpus ? "must 40x, aim 75x" : "");
    if (corpus)
        print_sum("parsed, without cisco_s300_show_vlan", sum_up(&b, "cisco_s300_show_vlan"), peer,
                  "must 10x, aim 18x");
    print_worst(&b);
    free_all(&b);
    for (size_t i = 0; i < b.jobs.count; i++)
        str_clear(&b.jobs.items[i].input);
    for (size_t i = 0; i < b.paths.count; i++)
        str_clear(&b.texts[i]);
    mem_free(b.texts);
    mem_free(b.templates);
    VEC_CLEAR(&b.jobs);
    VEC_CLEAR(&b.paths);
    arena_clear(&b.arena);
    return 0;
}
