/* A name service module: "USER:PORT" and "USER+PORT" are USER's account under that very name, so that an unmodified dropbear takes
   `ssh net:port1@server` as Opengear and Avocent do. OpenSSH cuts the name at the colon before it asks; there the plus stands.
   In nsswitch.conf: "passwd: files portname", "shadow: files portname" (glibc manual, "Extending NSS"). */
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <shadow.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum nss_status _nss_portname_getpwnam_r(const char *name, struct passwd *out, char *buffer, size_t size,
                                         int *error);
enum nss_status _nss_portname_getspnam_r(const char *name, struct spwd *out, char *buffer, size_t size,
                                         int *error);

enum { USER_MAX_BYTES = 64 };

static bool user_of(const char *name, char *user)
{
    size_t len = strcspn(name, ":+");
    if (len == 0 || len >= USER_MAX_BYTES || !name[len] || !name[len + 1])
        return false;
    memcpy(user, name, len);
    user[len] = '\0';
    return true;
}

static enum nss_status status_of(int failed, const void *found, int *error)
{
    if (failed) {
        *error = failed;
        return failed == ERANGE ? NSS_STATUS_TRYAGAIN : NSS_STATUS_UNAVAIL;
    }
    return found ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
}

/* The full name lies at the buffer's start, the account's own texts behind it. */
static bool keep_name(const char *name, char **buffer, size_t *size)
{
    size_t len = strlen(name) + 1;
    if (len >= *size)
        return false;
    memcpy(*buffer, name, len);
    *buffer += len;
    *size -= len;
    return true;
}

enum nss_status _nss_portname_getpwnam_r(const char *name, struct passwd *out, char *buffer, size_t size,
                                         int *error)
{
    char user[USER_MAX_BYTES], *rest = buffer;
    struct passwd *found = NULL;
    if (!user_of(name, user))
        return NSS_STATUS_NOTFOUND;
    if (!keep_name(name, &rest, &size))
        return status_of(ERANGE, NULL, error);
    int failed = getpwnam_r(user, out, rest, size, &found);
    enum nss_status status = status_of(failed, found, error);
    if (status == NSS_STATUS_SUCCESS)
        out->pw_name = buffer;
    return status;
}

enum nss_status _nss_portname_getspnam_r(const char *name, struct spwd *out, char *buffer, size_t size,
                                         int *error)
{
    char user[USER_MAX_BYTES], *rest = buffer;
    struct spwd *found = NULL;
    if (!user_of(name, user))
        return NSS_STATUS_NOTFOUND;
    if (!keep_name(name, &rest, &size))
        return status_of(ERANGE, NULL, error);
    int failed = getspnam_r(user, out, rest, size, &found);
    enum nss_status status = status_of(failed, found, error);
    if (status == NSS_STATUS_SUCCESS)
        out->sp_namp = buffer;
    return status;
}
