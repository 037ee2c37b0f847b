// What Swift's view of the C library does not show: epoll, eventfd, accept4, thread-local storage, and the few calls
// whose Linux and Darwin forms differ. Nothing else belongs here.
#ifndef CSSEPOSIX_H
#define CSSEPOSIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#if defined(__linux__)
#include <sys/epoll.h>
/// POLLRDHUP, which <poll.h> hides without _GNU_SOURCE.
#define SSE_POLL_HANG_UP 0x2000
#else
/// Without POLLRDHUP a close by the peer shows as input (POLLIN) that a `recv` finds to be the end.
#define SSE_POLL_HANG_UP 0
#endif

/// The event loop that runs on this thread, or null.
extern __thread void *sse_thread_loop;

static inline void *sse_current_loop(void) { return sse_thread_loop; }
static inline void sse_set_current_loop(void *loop) { sse_thread_loop = loop; }

/// Accepts a connection; the new descriptor does not block and is closed by exec. -1 and errno on failure.
int sse_accept(int listener, struct sockaddr *address, socklen_t *length);

/// A socket that does not block, is closed by exec, and never raises SIGPIPE where a send flag cannot say so.
int sse_socket(int family, int type);

/// A pair of descriptors that wakes a poller: an eventfd (both the same), or a pipe. 0, or -1 and errno.
int sse_wakeup_open(int descriptors[2]);
void sse_wakeup_signal(int descriptor);
void sse_wakeup_clear(int descriptor);

/// Sends two byte ranges, of which one may be empty, in one call and without raising SIGPIPE. What `send` returns: it may
/// have been interrupted.
long sse_send(int descriptor, const void *first, size_t first_count, const void *second, size_t second_count);

/// Nanoseconds of the monotonic clock, and of its coarse form that moves with the kernel's tick.
uint64_t sse_monotonic_nanoseconds(void);
uint64_t sse_coarse_nanoseconds(void);

/// How many processors this process may use: its affinity mask, at most the cgroup's quota rounded up.
int sse_processor_count(void);

/// The most descriptors this process may hold.
int sse_descriptor_limit(void);
/// Raises it as far as this process may; where that fails it stays as it is.
void sse_raise_descriptor_limit(void);

/// Sets TCP_USER_TIMEOUT where the platform has it.
void sse_set_user_timeout(int descriptor, unsigned int milliseconds);

/// Whether the peer has acknowledged all that was sent to it; false where the platform does not tell.
bool sse_is_all_acknowledged(int descriptor);

/// Has these signals, each named once, write their number into a pipe; returns the pipe's reading end, or -1 and errno,
/// with all as it was. One watch a process.
int sse_signal_watch(const int *signals, int count);
/// The next signal that came, or 0.
int sse_signal_next(int descriptor);
/// Gives the signals back their earlier actions and closes the pipe.
void sse_signal_unwatch(const int *signals, int count);

/// Names the calling thread in debuggers and `ps`.
void sse_name_thread(const char *name);

#endif
