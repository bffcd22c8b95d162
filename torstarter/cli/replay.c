/* replay: recordings as tests. The report goes out in the order of the files, however many are played at once. */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "cli/hostile.h"
#include "cli/replay_report.h"
#include "job/replay.h"

enum { STACK_BYTES = 2 * 1024 * 1024, DEPTH_MAX = 32, SEEDS_MAX = 100000 };

struct file {
    char *path;
    uint64_t seed;
    struct replay_result result;
    bool done;
};

struct playing {
    struct replays *replays;
    const struct hostile_wishes *hostile; /* NULL: as recorded */
    uint64_t first_seed, last_seed;
    VEC(struct file) files;
    pthread_mutex_t lock; /* all below, and each file's done */
    pthread_cond_t changed;
    size_t next;
};

static void add_file(struct playing *p, const char *path)
{
    for (uint64_t seed = p->first_seed; seed <= p->last_seed; seed++) {
        struct file f = {.path = mem_strdup(path), .seed = seed};
        VEC_ADD(&p->files, f);
    }
}

static bool is_shown(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int choose(const struct dirent *d)
{
    return is_shown(d);
}

/* All recordings below a folder, in the order of their names. */
static bool add_folder(struct playing *p, const char *dir, unsigned depth, struct err *e)
{
    struct dirent **names;
    int count = scandir(dir, &names, choose, alphasort);
    if (count < 0)
        return err_errno(e, "cannot read the folder %s", dir);
    for (int i = 0; i < count; i++) {
        char *path = file_join(dir, names[i]->d_name);
        if (file_is_dir(path) && depth < DEPTH_MAX)
            add_folder(p, path, depth + 1, e);
        else if (replay_is_file(names[i]->d_name) && !file_is_dir(path))
            add_file(p, path);
        mem_free(path);
        free(names[i]);
    }
    free(names);
    return true;
}

static enum status find_files(struct playing *p, struct cli *cli)
{
    struct err e = {0};
    for (int i = 0; i < cli->arg_count; i++) {
        const char *path = cli->args[i];
        if (file_is_dir(path) ? !add_folder(p, path, 0, &e) : false)
            return cli_error(&e);
        if (file_is_dir(path))
            continue;
        if (!file_exists(path))
            return cli_usage("%s: there is no such file or folder", path);
        add_file(p, path);
    }
    return p->files.count ? STATUS_OK
                          : cli_usage("there is no recording (*.cast, *.log, *.raw) in what was named");
}

static void *play(void *ctx)
{
    struct playing *p = ctx;
    pthread_mutex_lock(&p->lock);
    while (p->next < p->files.count) {
        struct file *f = &p->files.items[p->next++];
        pthread_mutex_unlock(&p->lock);
        if (p->hostile)
            hostile_play(p->replays, p->hostile, f->path, f->seed, &f->result);
        else
            replay_file(p->replays, f->path, &f->result);
        pthread_mutex_lock(&p->lock);
        f->done = true;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void report(struct playing *p, const struct replay_format *format, struct replay_count *count)
{
    format->begin(p->files.count);
    for (size_t i = 0; i < p->files.count; i++) {
        struct file *f = &p->files.items[i];
        pthread_mutex_lock(&p->lock);
        while (!f->done)
            pthread_cond_wait(&p->changed, &p->lock);
        pthread_mutex_unlock(&p->lock);
        count->by_end[f->result.end]++;
        format->file(i + 1, f->path, &f->result);
        replay_result_clear(&f->result);
    }
    format->end(count);
}

static long cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? n : 1;
}

static enum status play_all(struct playing *p, const struct replay_format *format, long jobs)
{
    struct replay_count count = {0};
    size_t wanted = (size_t)jobs < p->files.count ? (size_t)jobs : p->files.count, started = 0;
    pthread_t *threads = mem_alloc_array(wanted, sizeof *threads);
    pthread_attr_t stack;
    pthread_attr_init(&stack);
    pthread_attr_setstacksize(&stack, STACK_BYTES);
    while (started < wanted && pthread_create(&threads[started], &stack, play, p) == 0)
        started++;
    if (started == 0)
        play(p);
    report(p, format, &count);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&stack);
    mem_free(threads);
    if (count.by_end[REPLAY_REFUSED])
        return STATUS_FILE;
    return count.by_end[REPLAY_NOT_OK] ? STATUS_JOB_FAILED : STATUS_OK;
}

static const char *const *names_or_null(const char *const *names, size_t count)
{
    return count ? names : NULL;
}

static bool is_state(const char *text)
{
    static const char *const states[] = {"PASSED", "FAILED", "ERROR", NULL};
    for (size_t i = 0; states[i]; i++)
        if (strcmp(states[i], text) == 0)
            return true;
    return false;
}

/* "7", or "1-20". */
static bool read_seeds(const char *text, struct playing *p)
{
    char *end = NULL;
    if (!strchr("0123456789", *text) || !*text)
        return false;
    p->first_seed = p->last_seed = strtoull(text, &end, 10);
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        p->last_seed = strtoull(end + 1, &end, 10);
    return !*end && p->first_seed <= p->last_seed && p->last_seed - p->first_seed < SEEDS_MAX &&
           p->last_seed < UINT64_MAX;
}

static enum status read_hostile(struct cli *cli, struct playing *p, struct hostile_wishes *wishes,
                                struct faults *faults)
{
    struct err e;
    *wishes = (struct hostile_wishes){.shrink = cli->shrink};
    if (!cli->hostile && !cli->faults)
        return cli->shrink ? cli_usage("--shrink goes with --hostile or --faults") : STATUS_OK;
    if (cli->hostile && cli->faults)
        return cli_usage("--hostile chooses faults, --faults names them: give one of the two");
    if (cli->hostile && !read_seeds(cli->hostile, p))
        return cli_usage("--hostile wants a seed or FROM-TO, at most %d of them; got \"%s\"", SEEDS_MAX,
                         cli->hostile);
    if (cli->faults && !faults_read(faults, cli->faults, &e))
        return cli_error(&e);
    wishes->faults = cli->faults ? faults : NULL;
    p->hostile = wishes;
    return STATUS_OK;
}

static enum status replay_run(struct cli *cli)
{
    struct search_path path;
    struct playing p = {0};
    struct hostile_wishes hostile;
    struct faults faults;
    enum failure known;
    const struct replay_format *format = replay_format_by_name(cli->format ? cli->format : "tap");
    if (!format)
        return cli_usage("--format wants tap, github or junit; got \"%s\"", cli->format);
    if (cli->expect && !is_state(cli->expect) && !failure_by_name(cli->expect, &known))
        return cli_usage("--expect wants PASSED or a failure code (`torstarter codes`); got \"%s\"",
                         cli->expect);
    enum status status = read_hostile(cli, &p, &hostile, &faults);
    if (status == STATUS_OK)
        status = find_files(&p, cli);
    if (status == STATUS_OK) {
        cli_search_path(cli, NULL, &path);
        const struct replay_wishes wishes = {.path = &path,
                                             .expect = cli->expect,
                                             .platform = cli->platform,
                                             .job_type = cli->type,
                                             .only = names_or_null(cli->only, cli->only_count),
                                             .skip = names_or_null(cli->skip, cli->skip_count),
                                             .loose = cli->loose};
        pthread_mutex_init(&p.lock, NULL);
        pthread_cond_init(&p.changed, NULL);
        p.replays = replays_new(&wishes);
        status = play_all(&p, format, cli->jobs ? cli->jobs : cores());
        replays_free(p.replays);
        pthread_cond_destroy(&p.changed);
        pthread_mutex_destroy(&p.lock);
    }
    for (size_t i = 0; i < p.files.count; i++)
        mem_free(p.files.items[i].path);
    VEC_CLEAR(&p.files);
    return status;
}

#define AT(member) offsetof(struct cli, member)

static const struct option_spec replay_options[] = {
    {"jobs", 'j', "N", "recordings at once (default: as many as there are cores)", OPTION_NUMBER, AT(jobs), 0,
     1, 1000, 0},
    {"expect", 0, "CODE",
     "what each is to end in: PASSED or a failure code; instead of what the recording says", OPTION_TEXT,
     AT(expect), 0, 0, 0, 0},
    {"loose", 0, NULL, "answer by command, in whatever order commands are typed", OPTION_FLAG, AT(loose), 0,
     0, 0, 0},
    {"hostile", 0, "SEED",
     "by command and over a bad line, with faults that the seed chooses; FROM-TO: each of these seeds",
     OPTION_TEXT, AT(hostile), 0, 0, 0, 0},
    {"faults", 0, "LIST", "likewise with these: lose@1234,garble@20-60 (bytes since the connection began)",
     OPTION_TEXT, AT(faults), 0, 0, 0, 0},
    {"shrink", 0, NULL, "of faults that fail, find the fewest that still do", OPTION_FLAG, AT(shrink), 0, 0,
     0, 0},
    {"format", 0, "NAME", "tap (default), github (its annotations) or junit (XML)", OPTION_TEXT, AT(format),
     0, 0, 0, 0},
    {"platform", 0, "NAME", "of captured logs; else a folder's name tells it", OPTION_TEXT, AT(platform), 0,
     0, 0, 0},
    {"type", 0, "TYPE", "job type that captured logs are taken through (default validate)", OPTION_TEXT,
     AT(type), 0, 0, 0, 0},
    {"only", 0, "PLUGIN", "of captured logs: only this plugin; may be repeated", OPTION_LIST, AT(only),
     AT(only_count), 0, 0, 16},
    {"skip", 0, "PLUGIN", "of captured logs: all but this plugin; may be repeated", OPTION_LIST, AT(skip),
     AT(skip_count), 0, 0, 16},
    {0}};

const struct command command_replay = {
    .name = "replay",
    .arguments = "PATH…",
    .about = "recorded sessions as tests",
    .help = "PATH: a recording (*.cast, `torstarter export` makes it), a captured log (*.log, *.raw: script, "
            "minicom, conserver)\n"
            "or a folder of such. Each is taken through its job again, on a virtual clock: what is typed "
            "must be what was\n"
            "typed, and the verdict the same.\n"
            "--hostile, --faults: ok is what ends with a failure code, or as over a good line with the same "
            "records.\nExit 0: all are; 1: some are not; 65: a file is damaged.",
    .group = "templates and files",
    .options = replay_options,
    .min_args = 1,
    .max_args = -1,
    .run = replay_run,
};
