#include "model/http.h"

#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/mem.h"
#include "base/secret_reveal.h"

enum { REDIRECTS_MAX = 5, SLOW_S = 20, HEADER_MAX = 4096 };

struct fetch {
    const struct http_request *request;
    struct str *out;
    size_t began, max_bytes;
    bool too_long;
    char words[CURL_ERROR_SIZE];
};

static size_t take(char *bytes, size_t size, size_t count, void *ctx)
{
    struct fetch *f = ctx;
    size_t len = size * count;
    if (f->out->len - f->began + len > f->max_bytes) {
        f->too_long = true;
        return 0;
    }
    return str_add(f->out, bytes, len) ? len : 0;
}

static int look_up(void *ctx, curl_off_t down, curl_off_t downloaded, curl_off_t up, curl_off_t uploaded)
{
    const struct fetch *f = ctx;
    (void)down, (void)downloaded, (void)up, (void)uploaded;
    return cancel_level(f->request->cancel) != CANCEL_NONE;
}

static void add_header(struct curl_slist **list, const char *name, const char *value)
{
    struct str line = {0};
    str_printf(&line, "%s: %s", name, value);
    *list = curl_slist_append(*list, str_cstr(&line));
    mem_wipe(line.data, line.len);
    str_clear(&line);
}

static struct curl_slist *headers_of(const struct http_request *r)
{
    struct curl_slist *list = NULL;
    if (r->accept)
        add_header(&list, "Accept", r->accept);
    if (r->token) {
        struct str value = STR_MAX(HEADER_MAX);
        size_t len;
        const char *bytes = secret_reveal(r->token, &len);
        str_printf(&value, "%s ", r->token_scheme ? r->token_scheme : "Bearer");
        str_add(&value, bytes, len);
        add_header(&list, "Authorization", str_cstr(&value));
        mem_wipe(value.data, value.len);
        str_clear(&value);
    }
    return list;
}

static void set_up(CURL *c, struct fetch *f, struct curl_slist *headers)
{
    const struct http_request *r = f->request;
    int64_t timeout_ms = r->timeout_ms ? r->timeout_ms : HTTP_TIMEOUT_MS;
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L); /* many threads */
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->words);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_up);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "torstarter/" TORSTARTER_VERSION);
}

/* Scheme, host and port in one text; caller frees. */
static char *origin_of(const char *url)
{
    CURLU *u = curl_url();
    char *part[3] = {0};
    struct str s = {0};
    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_SCHEME, &part[0], 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &part[1], 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &part[2], CURLU_DEFAULT_PORT) == CURLUE_OK)
        str_printf(&s, "%s://%s:%s", part[0], part[1], part[2]);
    for (size_t i = 0; i < 3; i++)
        curl_free(part[i]);
    curl_url_cleanup(u);
    return s.len ? str_take(&s) : NULL;
}

static bool same_origin(const char *a, const char *b)
{
    char *left = origin_of(a), *right = origin_of(b);
    bool same = left && right && strcasecmp(left, right) == 0;
    mem_free(left);
    mem_free(right);
    return same;
}

static int shown(const char *url) /* what stands behind "?" may be a key */
{
    return (int)strcspn(url, "?#");
}

static bool explain(const struct fetch *f, CURLcode code, const char *url, struct err *e)
{
    if (f->too_long)
        return err_set(e, ERR_LIMIT, "%.*s is longer than %zu bytes", shown(url), url, f->max_bytes);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return err_fail(e, ERR_CANCELLED, FAILURE_CANCELLED, "%.*s: stopped by the operator", shown(url),
                        url);
    return err_set(e, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_FAILED,
                   "%.*s cannot be read: %s; check the address and the server", shown(url), url,
                   *f->words ? f->words : curl_easy_strerror(code));
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* One answer. *next: where it points, in the memory of `c`; NULL: it is the document. */
static bool ask_once(CURL *c, struct fetch *f, const char *url, char **next, struct err *e)
{
    long status = 0;
    size_t before = f->out->len;
    *next = NULL;
    curl_easy_setopt(c, CURLOPT_URL, url);
    CURLcode code = curl_easy_perform(c);
    if (code != CURLE_OK)
        return explain(f, code, url, e);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200)
        return true;
    f->out->len = before; /* a page that explains the error is no document */
    if (!is_redirect(status) || curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, next) != CURLE_OK || !*next)
        return err_set(e, ERR_FAILED,
                       "%.*s: the server answers %ld instead of the document; check the address", shown(url),
                       url, status);
    if (same_origin(url, *next))
        return true;
    return err_set(e, ERR_FAILED,
                   "%.*s points to another server (%.*s); write that address where it is meant", shown(url),
                   url, shown(*next), *next);
}

bool http_get(const struct http_request *r, struct str *out, struct err *e)
{
    struct fetch f = {.request = r, .out = out, .began = out->len};
    f.max_bytes = r->max_bytes ? r->max_bytes : HTTP_MAX_BYTES;
    CURL *c = curl_easy_init();
    if (!c)
        return err_set(e, ERR_FAILED, "libcurl cannot be set up");
    struct curl_slist *headers = headers_of(r);
    set_up(c, &f, headers);
    char *url = mem_strdup(r->url), *next = NULL;
    bool ok = ask_once(c, &f, url, &next, e);
    for (unsigned i = 0; ok && next; i++) {
        mem_free(url);
        url = mem_strdup(next);
        ok = i < REDIRECTS_MAX ? ask_once(c, &f, url, &next, e)
                               : err_set(e, ERR_FAILED, "%.*s leads in circles: more than %d redirects",
                                         shown(url), url, REDIRECTS_MAX);
    }
    mem_free(url);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    return ok;
}

bool http_size(const struct http_request *r, uint64_t *bytes, bool *missing, struct err *e)
{
    struct str none = {0};
    struct fetch f = {.request = r, .out = &none, .max_bytes = HTTP_MAX_BYTES};
    long status = 0;
    curl_off_t length = -1;
    CURL *c = curl_easy_init();
    *missing = false;
    if (!c)
        return err_set(e, ERR_FAILED, "libcurl cannot be set up");
    struct curl_slist *headers = headers_of(r);
    set_up(c, &f, headers);
    curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(c, CURLOPT_URL, r->url);
    CURLcode code = curl_easy_perform(c);
    bool ok = code == CURLE_OK || explain(&f, code, r->url, e);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    *missing = ok && (status == 404 || status == 410);
    if (ok && (status != 200 || length < 0))
        ok = err_set(e, ERR_FAILED,
                     *missing ? "%.*s is not on the server: it answers %ld"
                              : "%.*s: the server does not tell its length (status %ld)",
                     shown(r->url), r->url, status);
    if (ok)
        *bytes = (uint64_t)length;
    str_clear(&none);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    return ok;
}
