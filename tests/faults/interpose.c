/* Asks another process before every call that changes a file below one folder.

   Loaded with LD_PRELOAD. The folder and the socket to ask at come from INTERPOSE_FOLDER and INTERPOSE_SOCKET, or from
   interpose(). The question is one line, "pid call size path"; the answer is one number: 0 goes on, -1 kills the whole
   process group, -2 does the first half of a write and asks again with the call "rest", and a positive number is the
   errno to fail with. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[PATH_MAX], address[108];
static size_t folder_length;

#define NEXT(name, result, ...)                                   \
    static result (*real)(__VA_ARGS__);                           \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

void interpose(const char *below, const char *socket_path) {
    snprintf(folder, sizeof folder, "%s", below);
    snprintf(address, sizeof address, "%s", socket_path);
    folder_length = strlen(folder);
}

__attribute__((constructor)) static void from_environment(void) {
    const char *below = getenv("INTERPOSE_FOLDER"), *at = getenv("INTERPOSE_SOCKET");
    if (below && at) interpose(below, at);
}

static int inside(const char *path) {
    return folder_length && !strncmp(path, folder, folder_length) &&
           (path[folder_length] == '/' || !path[folder_length]);
}

static int of_descriptor(int descriptor, char *path) {
    char link[64];
    if (!folder_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return inside(path);
}

static int of_path(int at, const char *name, char *path) {
    char base[PATH_MAX] = "";
    if (!folder_length) return 0;
    if (name[0] != '/') {
        if (at == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0) return 0;
            base[length] = 0;
        }
        if (snprintf(path, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) return 0;
    } else {
        snprintf(path, PATH_MAX, "%s", name);
    }
    return inside(path);
}

static int ask(const char *call, size_t size, const char *path) {
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    char line[PATH_MAX + 64];
    int32_t answer = 0;
    int kept = errno, asking = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strcpy(there.sun_path, address);
    if (asking >= 0 && !connect(asking, (struct sockaddr *)&there, sizeof there)) {
        int length = snprintf(line, sizeof line, "%d %s %zu %s\n", getpid(), call, size, path);
        if (send(asking, line, length, MSG_NOSIGNAL) != length ||
            recv(asking, &answer, sizeof answer, MSG_WAITALL) != sizeof answer)
            answer = 0;
    }
    if (asking >= 0) close(asking);
    if (answer == -1) {
        kill(0, SIGKILL);
        pause();
    }
    errno = kept;
    return answer;
}

/* Before a call that writes nothing itself: nonzero when it shall fail. */
static int refused(const char *call, const char *path) {
    int answer = ask(call, 0, path);
    if (answer > 0) errno = answer;
    return answer > 0;
}

#define WRITING(half, whole, rest)                     \
    int answer = ask("write", size, path);             \
    if (answer > 0) { errno = answer; return -1; }     \
    if (answer != -2 || size < 2) return whole;        \
    ssize_t first = half;                              \
    if (first < 0) return first;                       \
    answer = ask("rest", size, path);                  \
    if (answer > 0) return first;                      \
    ssize_t second = rest;                             \
    return second < 0 ? first : first + second

ssize_t write(int descriptor, const void *data, size_t size) {
    NEXT(write, ssize_t, int, const void *, size_t);
    char path[PATH_MAX];
    if (!of_descriptor(descriptor, path)) return real(descriptor, data, size);
    WRITING(real(descriptor, data, size / 2), real(descriptor, data, size),
            real(descriptor, (const char *)data + first, size - first));
}

#define POSITIONED(name, offset_type)                                                              \
    ssize_t name(int descriptor, const void *data, size_t size, offset_type at) {                  \
        NEXT(name, ssize_t, int, const void *, size_t, offset_type);                               \
        char path[PATH_MAX];                                                                       \
        if (!of_descriptor(descriptor, path)) return real(descriptor, data, size, at);             \
        WRITING(real(descriptor, data, size / 2, at), real(descriptor, data, size, at),            \
                real(descriptor, (const char *)data + first, size - first, at + first));           \
    }
POSITIONED(pwrite, off_t)
POSITIONED(pwrite64, off64_t)

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    NEXT(writev, ssize_t, int, const struct iovec *, int);
    char path[PATH_MAX];
    if (of_descriptor(descriptor, path) && refused("writev", path)) return -1;
    return real(descriptor, parts, count);
}

#define ON_DESCRIPTOR(name)                                                           \
    int name(int descriptor) {                                                        \
        NEXT(name, int, int);                                                         \
        char path[PATH_MAX];                                                          \
        if (of_descriptor(descriptor, path) && refused(#name, path)) return -1;       \
        return real(descriptor);                                                      \
    }
ON_DESCRIPTOR(fsync)
ON_DESCRIPTOR(fdatasync)

#define TRUNCATE(name, offset_type)                                                   \
    int name(int descriptor, offset_type size) {                                      \
        NEXT(name, int, int, offset_type);                                            \
        char path[PATH_MAX];                                                          \
        if (of_descriptor(descriptor, path) && refused(#name, path)) return -1;       \
        return real(descriptor, size);                                                \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
    NEXT(rename, int, const char *, const char *);
    char path[PATH_MAX];
    if (of_path(AT_FDCWD, to, path) && refused("rename", path)) return -1;
    return real(from, to);
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
    NEXT(renameat, int, int, const char *, int, const char *);
    char path[PATH_MAX];
    if (of_path(to_at, to, path) && refused("rename", path)) return -1;
    return real(from_at, from, to_at, to);
}

int unlink(const char *name) {
    NEXT(unlink, int, const char *);
    char path[PATH_MAX];
    if (of_path(AT_FDCWD, name, path) && refused("unlink", path)) return -1;
    return real(name);
}

int mkdir(const char *name, mode_t mode) {
    NEXT(mkdir, int, const char *, mode_t);
    char path[PATH_MAX];
    if (of_path(AT_FDCWD, name, path) && refused("mkdir", path)) return -1;
    return real(name, mode);
}

/* Opening creates or empties files, which is a change of its own. */
#define OPENING(name)                                                                             \
    int name(const char *file, int flags, ...) {                                                  \
        NEXT(name, int, const char *, int, ...);                                                  \
        char path[PATH_MAX];                                                                      \
        va_list more;                                                                             \
        va_start(more, flags);                                                                    \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                   \
        va_end(more);                                                                             \
        if (flags & (O_CREAT | O_TRUNC) && of_path(AT_FDCWD, file, path) && refused("open", path)) \
            return -1;                                                                            \
        return real(file, flags, mode);                                                           \
    }
OPENING(open)
OPENING(open64)
