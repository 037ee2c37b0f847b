#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CSSEPosix.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <sched.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

__thread void *sse_thread_loop = NULL;

#if !defined(__linux__)
static int configure(int descriptor) {
  if (descriptor < 0) return descriptor;
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
#if defined(SO_NOSIGPIPE)
  int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return descriptor;
}
#endif

int sse_accept(int listener, struct sockaddr *address, socklen_t *length) {
#if defined(__linux__)
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  return configure(accept(listener, address, length));
#endif
}

int sse_socket(int family, int type) {
#if defined(__linux__)
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
  return configure(socket(family, type, 0));
#endif
}

int sse_wakeup_open(int descriptors[2]) {
#if defined(__linux__)
  descriptors[0] = descriptors[1] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return descriptors[0] < 0 ? -1 : 0;
#else
  if (pipe(descriptors) != 0) return -1;
  configure(descriptors[0]);
  configure(descriptors[1]);
  return 0;
#endif
}

// A call that does not block is not interrupted, so neither of these asks for EINTR. A full pipe or counter is as good
// as a written one: the poller wakes.
void sse_wakeup_signal(int descriptor) {
  uint64_t one = 1;
  // Eight bytes suit both: an eventfd adds them, a pipe only has to become readable.
  (void)!write(descriptor, &one, sizeof one);
}

void sse_wakeup_clear(int descriptor) {
  uint64_t value;
#if defined(__linux__)
  (void)!read(descriptor, &value, sizeof value);
#else
  while (read(descriptor, &value, sizeof value) > 0) {}
#endif
}

long sse_send(int descriptor, const void *first, size_t first_count, const void *second, size_t second_count) {
  // The kernel has less to read for one range.
  if (second_count == 0) return send(descriptor, first, first_count, MSG_NOSIGNAL);
  if (first_count == 0) return send(descriptor, second, second_count, MSG_NOSIGNAL);
  struct iovec parts[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t sse_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }

uint64_t sse_coarse_nanoseconds(void) {
#if defined(CLOCK_MONOTONIC_COARSE)
  return nanoseconds(CLOCK_MONOTONIC_COARSE);
#else
  return nanoseconds(CLOCK_MONOTONIC) / 4000000u * 4000000u;
#endif
}

int sse_processor_count(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) count = CPU_COUNT(&set);
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (file) {
    long long quota, period;
    if (fscanf(file, "%lld %lld", &quota, &period) == 2 && quota > 0 && period > 0) {
      long allowed = (long)((quota + period - 1) / period);
      if (allowed < count) count = allowed;
    }
    fclose(file);
  }
#endif
  return count < 1 ? 1 : (int)count;
}

int sse_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 1048576) return 1048576;
  return (int)limit.rlim_cur;
}

void sse_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // Of no consequence: the limit that there is counts.
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void sse_set_user_timeout(int descriptor, unsigned int milliseconds) {
#if defined(TCP_USER_TIMEOUT)
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
#else
  (void)descriptor;
  (void)milliseconds;
#endif
}

bool sse_is_all_acknowledged(int descriptor) {
#if defined(__linux__)
  struct tcp_info info;
  socklen_t length = sizeof info;
  return getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 && info.tcpi_unacked == 0;
#else
  (void)descriptor;
  return false;
#endif
}

void sse_name_thread(const char *name) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), name);
#elif defined(__APPLE__)
  pthread_setname_np(name);
#else
  (void)name;
#endif
}

#define SSE_MOST_SIGNALS 64

static int signal_pipe[2] = {-1, -1};
static struct sigaction earlier_actions[SSE_MOST_SIGNALS + 1];
// The pipe's writing end as the handler sees it, and how many threads are in the handler now.
static _Atomic int signal_writer = -1;
static _Atomic int signals_arriving = 0;

// Only what POSIX allows in a signal handler: lock-free atomics, and write, with errno kept.
static void signal_arrived(int number) {
  int saved = errno;
  signals_arriving++;
  int writer = signal_writer;
  unsigned char byte = (unsigned char)number;
  if (writer >= 0) (void)!write(writer, &byte, 1);
  signals_arriving--;
  errno = saved;
}

int sse_signal_watch(const int *signals, int count) {
  if (pipe(signal_pipe) != 0) return -1;
  for (int end = 0; end < 2; end++) {
    fcntl(signal_pipe[end], F_SETFD, FD_CLOEXEC);
    fcntl(signal_pipe[end], F_SETFL, fcntl(signal_pipe[end], F_GETFL) | O_NONBLOCK);
  }
  signal_writer = signal_pipe[1];
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = signal_arrived;
  action.sa_flags = SA_RESTART;
  for (int i = 0; i < count; i++) {
    int number = signals[i];
    int is_valid = number > 0 && number <= SSE_MOST_SIGNALS;
    if (is_valid && sigaction(number, &action, &earlier_actions[number]) == 0) continue;
    sse_signal_unwatch(signals, i);
    errno = EINVAL;
    return -1;
  }
  return signal_pipe[0];
}

int sse_signal_next(int descriptor) {
  unsigned char byte;
  return read(descriptor, &byte, 1) == 1 ? byte : 0;
}

void sse_signal_unwatch(const int *signals, int count) {
  for (int i = 0; i < count; i++) sigaction(signals[i], &earlier_actions[signals[i]], NULL);
  // Another thread may be in the handler still. Having announced itself before it looked for the writing end, it either
  // finds none or is waited for here: it never writes to a number that another file has got.
  signal_writer = -1;
  while (signals_arriving > 0) sched_yield();
  close(signal_pipe[0]);
  close(signal_pipe[1]);
  signal_pipe[0] = signal_pipe[1] = -1;
}
