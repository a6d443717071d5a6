/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Tasks as coroutines: a context and a stack each, and libevent to know which of them can go on. */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <event2/event.h>

#include <tspdm/transport.h>

#include "task.h"

enum {
	S_US = 1000000,
	MS_US = 1000,
	STACK_LEN = 256 * 1024, /* of addresses: an attestation writes to some 12 KiB of it */
};

struct task {
	struct tasks *all;
	struct task *next, *before; /* of those that have begun and not ended; in the pool, `next` alone */
	struct task *next_ready;
	void (*run)(void *argument);
	void *argument;
	struct event *event;
	ucontext_t context;
	uint8_t *map;             /* the guard page, and the stack above it */
	void *fake;               /* the address sanitizer's */
	enum tspdm_status result; /* of the wait */
	bool is_waiting, is_idle, is_shielded, has_ended;
};

struct tasks {
	struct event_base *base;
	struct event *signals[2];
	struct task *first, *pool, *running;
	struct task *ready, **last_ready;
	ucontext_t context;
	const void *stack; /* tasks_run()'s own, as the address sanitizer tells it */
	size_t stack_len, guard_len;
	void *fake;
	int signal;
};

/* ---- The address sanitizer has to be told of each change of stacks ---- */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#endif

#ifdef HAS_ASAN
#include <sanitizer/common_interface_defs.h>

static void leave_stack(void **fake, const void *to, size_t len)
{
	__sanitizer_start_switch_fiber(fake, to, len);
}

static void enter_stack(void *fake, const void **from, size_t *len)
{
	__sanitizer_finish_switch_fiber(fake, from, len);
}
#else
static void leave_stack(void **fake, const void *to, size_t len)
{
	(void)fake, (void)to, (void)len;
}

static void enter_stack(void *fake, const void **from, size_t *len)
{
	(void)fake, (void)from, (void)len;
}
#endif

/* ---- Going to and fro ---- */

/* From tasks_run() to a task, until it waits or ends. */
static void resume(struct task *t)
{
	struct tasks *s = t->all;

	s->running = t;
	leave_stack(&s->fake, t->map + s->guard_len, STACK_LEN);
	(void)swapcontext(&s->context, &t->context);
	enter_stack(s->fake, NULL, NULL);
	s->running = NULL;
}

/* From a task to tasks_run(). */
static void suspend(struct task *t)
{
	struct tasks *s = t->all;

	leave_stack(t->has_ended ? NULL : &t->fake, s->stack, s->stack_len);
	(void)swapcontext(&t->context, &s->context);
	enter_stack(t->fake, &s->stack, &s->stack_len);
}

/* makecontext(3) hands on numbers of the size of int. */
static void enter(unsigned high, unsigned low)
{
	struct task *t = (struct task *)(uintptr_t)((uint64_t)high << 32 | low); // NOLINT(performance-no-int-to-ptr)

	enter_stack(NULL, &t->all->stack, &t->all->stack_len);
	t->run(t->argument);
	t->has_ended = true;
	suspend(t);
}

static void make_ready(struct task *t)
{
	struct tasks *s = t->all;

	t->next_ready = NULL;
	*s->last_ready = t;
	s->last_ready = &t->next_ready;
}

/* ---- Beginning and ending ---- */

static void free_task(struct task *t)
{
	if (t->event != NULL)
		event_free(t->event);
	if (t->map != MAP_FAILED)
		(void)munmap(t->map, t->all->guard_len + STACK_LEN);
	free(t);
}

static void wake(struct task *t, enum tspdm_status result)
{
	(void)event_del(t->event);
	t->is_waiting = false;
	t->result = result;
	make_ready(t);
}

static void on_event(evutil_socket_t fd, short what, void *task)
{
	(void)fd;
	wake(task, (what & (EV_READ | EV_WRITE)) != 0 ? TSPDM_OK : TSPDM_ERR_TIMEOUT);
}

/* Only what is written to takes memory. */
static struct task *new_task(struct tasks *s)
{
	struct task *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->all = s;
	t->event = event_new(s->base, -1, 0, on_event, t);
	t->map = mmap(NULL, s->guard_len + STACK_LEN, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (t->event != NULL && t->map != MAP_FAILED && mprotect(t->map, s->guard_len, PROT_NONE) == 0)
		return t;
	free_task(t);
	return NULL;
}

static struct task *take_task(struct tasks *s)
{
	struct task *t = s->pool;

	if (t == NULL)
		return new_task(s);
	s->pool = t->next;
	return t;
}

/* By itself: getcontext(3) may return twice for all that the compiler knows. */
__attribute__((noinline)) static void make_context(struct task *t)
{
	uint64_t bits = (uint64_t)(uintptr_t)t;

	(void)getcontext(&t->context);
	t->context.uc_stack = (stack_t){ .ss_sp = t->map + t->all->guard_len, .ss_size = STACK_LEN };
	t->context.uc_link = NULL; /* a task ends by suspend() */
	makecontext(&t->context, (void (*)(void))enter, 2, (unsigned)(bits >> 32), (unsigned)bits);
}

bool task_start(struct tasks *s, void (*run)(void *argument), void *argument)
{
	struct task *t = take_task(s);

	if (t == NULL)
		return false;
	t->run = run;
	t->argument = argument;
	t->is_waiting = t->is_idle = t->is_shielded = t->has_ended = false;
	make_context(t);
	t->before = NULL;
	t->next = s->first;
	if (s->first != NULL)
		s->first->before = t;
	s->first = t;
	make_ready(t);
	return true;
}

static void retire(struct task *t)
{
	struct tasks *s = t->all;

	*(t->before != NULL ? &t->before->next : &s->first) = t->next;
	if (t->next != NULL)
		t->next->before = t->before;
	t->next = s->pool;
	s->pool = t;
}

/* ---- Waiting ---- */

static bool is_cancelled(const struct task *t)
{
	return t->all->signal != 0 && (t->is_idle || !t->is_shielded);
}

static bool is_ready_now(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return fd >= 0 && poll(&p, 1, 0) > 0;
}

/* One wait of the event loop's. One that nothing can end but an event goes on for ever. */
static enum tspdm_status wait_once(struct task *t, int fd, short events, uint64_t deadline_us)
{
	uint64_t now_us = tspdm_now_us(), left_us = deadline_us > now_us ? deadline_us - now_us : 0;
	struct timeval left = { .tv_sec = (time_t)(left_us / S_US), .tv_usec = (suseconds_t)(left_us % S_US) };
	short what = (short)(((events & POLLIN) != 0 ? EV_READ : 0) | ((events & POLLOUT) != 0 ? EV_WRITE : 0));

	if (event_assign(t->event, t->all->base, fd, fd >= 0 ? what : 0, on_event, t) != 0 ||
		event_add(t->event, deadline_us != UINT64_MAX ? &left : NULL) != 0)
		return TSPDM_ERR_SYSTEM;
	t->is_waiting = true;
	suspend(t);
	return t->result;
}

enum tspdm_status task_wait(void *tasks, int fd, short events, uint64_t deadline_us)
{
	struct task *t = ((struct tasks *)tasks)->running;
	enum tspdm_status status = TSPDM_OK;

	if (is_cancelled(t))
		return TSPDM_ERR_INTERRUPTED;
	if (fd >= 0 && deadline_us <= tspdm_now_us())
		return is_ready_now(fd, events) ? TSPDM_OK : TSPDM_ERR_TIMEOUT;
	do
		status = wait_once(t, fd, events, deadline_us);
	while (status == TSPDM_ERR_TIMEOUT && tspdm_now_us() < deadline_us); /* a timer may be early */
	/* where others ran for long the answer may have come in time, and the clock was only seen first */
	return status == TSPDM_ERR_TIMEOUT && is_ready_now(fd, events) ? TSPDM_OK : status;
}

void task_shield(struct tasks *s)
{
	if (s != NULL)
		s->running->is_shielded = true;
}

static enum tspdm_status idle_alone(int fd, short events, uint64_t deadline_us)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now_us = tspdm_now_us(), left_us = deadline_us > now_us ? deadline_us - now_us : 0;
	uint64_t ms = left_us / MS_US + 1;

	if (poll(&p, 1, ms < INT32_MAX ? (int)ms : INT32_MAX) > 0)
		return TSPDM_OK;
	return TSPDM_ERR_TIMEOUT;
}

enum tspdm_status task_idle(struct tasks *s, int fd, short events, uint64_t deadline_us)
{
	enum tspdm_status status;
	struct task *t;

	if (s == NULL)
		return idle_alone(fd, events, deadline_us);
	t = s->running;
	t->is_idle = true;
	status = task_wait(s, fd, events, deadline_us);
	t->is_idle = false;
	return status;
}

/* ---- All of them ---- */

int tasks_signal(const struct tasks *s)
{
	return s->signal;
}

static void on_signal(evutil_socket_t number, short what, void *tasks)
{
	struct tasks *s = tasks;

	(void)what;
	s->signal = (int)number;
	for (size_t i = 0; i < sizeof s->signals / sizeof s->signals[0]; i++)
		(void)event_del(s->signals[i]); /* the next one ends the program */
	for (struct task *t = s->first; t != NULL; t = t->next)
		if (t->is_waiting && is_cancelled(t))
			wake(t, TSPDM_ERR_INTERRUPTED);
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	/* a deadline counts from now, and not from when the loop last looked at the clock */
	if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	return base;
}

static bool await_signals(struct tasks *s)
{
	static const int numbers[2] = { SIGINT, SIGTERM };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		s->signals[i] = evsignal_new(s->base, numbers[i], on_signal, s);
		if (s->signals[i] == NULL || event_add(s->signals[i], NULL) != 0)
			return false;
	}
	return true;
}

struct tasks *tasks_new(void)
{
	struct tasks *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->guard_len = (size_t)sysconf(_SC_PAGESIZE);
	s->last_ready = &s->ready;
	s->base = new_base();
	if (s->base != NULL && await_signals(s))
		return s;
	tasks_free(s);
	return NULL;
}

static void run_ready(struct tasks *s)
{
	struct task *t = s->ready, *next;

	s->ready = NULL; /* who gets ready meanwhile has his turn after the event loop's */
	s->last_ready = &s->ready;
	for (; t != NULL; t = next) {
		next = t->next_ready;
		resume(t);
		if (t->has_ended)
			retire(t);
	}
}

void tasks_run(struct tasks *s)
{
	while (s->first != NULL) {
		run_ready(s);
		if (s->first != NULL)
			(void)event_base_loop(s->base, s->ready != NULL ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
	}
}

void tasks_free(struct tasks *s)
{
	if (s == NULL)
		return;
	for (struct task *t = s->pool, *next; t != NULL; t = next) {
		next = t->next;
		free_task(t);
	}
	for (size_t i = 0; i < sizeof s->signals / sizeof s->signals[0]; i++)
		if (s->signals[i] != NULL)
			event_free(s->signals[i]);
	if (s->base != NULL)
		event_base_free(s->base);
	free(s);
}
