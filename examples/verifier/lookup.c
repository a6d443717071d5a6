/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Looking hosts up. getaddrinfo(3) blocks, and nothing but it looks wherever a system has its names; so a few threads do
 * nothing else, and tell the task that waits by a descriptor. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lookup.h"
#include "task.h"

enum { THREADS_MAX = 16 };

struct lookup {
	struct lookup *next;
	int fd; /* readable when it is done */
	bool is_done, is_abandoned;
	int result, error; /* of getaddrinfo(3), and errno */
	struct addrinfo hints, *found;
	char host[256], service[32];
};

static struct {
	pthread_mutex_t lock; /* of all that follows, and of each lookup's state */
	pthread_cond_t more;
	struct lookup *first, **last;
	unsigned threads, idle;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER, .last = &queue.first };

static void free_lookup(struct lookup *l)
{
	if (l->found != NULL)
		freeaddrinfo(l->found);
	if (l->fd >= 0)
		(void)close(l->fd);
	free(l);
}

/* ---- The threads ---- */

static struct lookup *take(void)
{
	struct lookup *l;

	while (queue.first == NULL) {
		queue.idle++;
		pthread_cond_wait(&queue.more, &queue.lock);
		queue.idle--;
	}
	l = queue.first;
	queue.first = l->next;
	if (queue.first == NULL)
		queue.last = &queue.first;
	return l;
}

static void finish(struct lookup *l)
{
	l->is_done = true;
	if (l->is_abandoned)
		free_lookup(l);
	else
		(void)eventfd_write(l->fd, 1);
}

static void *serve(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&queue.lock);
	for (;;) {
		struct lookup *l = take();

		if (!l->is_abandoned) {
			pthread_mutex_unlock(&queue.lock);
			l->result = getaddrinfo(l->host, l->service, &l->hints, &l->found);
			l->error = errno;
			pthread_mutex_lock(&queue.lock);
		}
		finish(l);
	}
	return NULL;
}

/* Signals are for the thread that runs the tasks. With the lock held. */
static void start_thread(void)
{
	pthread_t thread;
	sigset_t all, before;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, serve, NULL) == 0) {
		(void)pthread_detach(thread);
		queue.threads++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- The tasks ---- */

static struct lookup *new_lookup(const char *host, const char *service, const struct addrinfo *hints)
{
	struct lookup *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->hints = *hints;
	l->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->fd >= 0 && snprintf(l->host, sizeof l->host, "%s", host) < (int)sizeof l->host &&
		snprintf(l->service, sizeof l->service, "%s", service) < (int)sizeof l->service)
		return l;
	free_lookup(l);
	return NULL;
}

/* False: there is nobody to do it. */
static bool enqueue(struct lookup *l)
{
	bool is_served;

	pthread_mutex_lock(&queue.lock);
	if (queue.idle == 0 && queue.threads < THREADS_MAX)
		start_thread();
	is_served = queue.threads != 0;
	if (is_served) {
		*queue.last = l;
		queue.last = &l->next;
		pthread_cond_signal(&queue.more);
	}
	pthread_mutex_unlock(&queue.lock);
	return is_served;
}

/* What nobody waits for any more is freed by its thread. */
static int collect(struct lookup *l, int error, struct addrinfo **out)
{
	int result = EAI_SYSTEM;

	pthread_mutex_lock(&queue.lock);
	if (l->is_done) {
		result = l->result;
		error = l->error;
		*out = l->found;
		l->found = NULL;
		free_lookup(l);
	} else {
		l->is_abandoned = true;
	}
	pthread_mutex_unlock(&queue.lock);
	errno = error;
	return result;
}

/* What is an address already takes no time. */
static int resolve_address(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	struct addrinfo numeric = *hints;

	numeric.ai_flags |= AI_NUMERICHOST;
	return getaddrinfo(host, service, &numeric, out);
}

int lookup_resolve(void *tasks, const char *host, const char *service, const struct addrinfo *hints,
	uint64_t deadline_us, struct addrinfo **out)
{
	int result = resolve_address(host, service, hints, out);
	struct lookup *l;

	if (result != EAI_NONAME)
		return result;
	l = new_lookup(host, service, hints);
	if (l == NULL)
		return EAI_MEMORY;
	if (!enqueue(l)) {
		free_lookup(l);
		return EAI_MEMORY;
	}
	return collect(
		l, task_wait(tasks, l->fd, POLLIN, deadline_us) == TSPDM_ERR_TIMEOUT ? ETIMEDOUT : ECANCELED, out);
}
