/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Two ends in one process, joined by a queue in each direction. One thread may drive both: send at one end, receive at
 * the other (an empty queue waits for its deadline, so a single thread gives one that has passed). Two threads may as
 * well. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tspdm/transport.h>

enum {
	QUEUE_MAX = 64, /* messages; a sender then waits */
	US_PER_S = 1000000,
	NS_PER_US = 1000,
};

struct letter {
	struct letter *next;
	enum tspdm_message_kind kind;
	size_t len;
	uint8_t bytes[];
};

struct queue {
	struct letter *first, **last;
	unsigned count;
};

struct end {
	struct tspdm_transport base;
	struct pair *pair;
	struct queue inbox;
	struct letter *current; /* what the last receive() gave out a view of */
	bool is_closed;
};

struct pair {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct end ends[2];
};

static struct end *end_of(struct tspdm_transport *transport)
{
	return (struct end *)(void *)transport;
}

static struct end *other_end(const struct end *e)
{
	return e == &e->pair->ends[0] ? &e->pair->ends[1] : &e->pair->ends[0];
}

static void put(struct queue *q, struct letter *letter)
{
	*q->last = letter;
	q->last = &letter->next;
	q->count++;
}

static struct letter *take(struct queue *q)
{
	struct letter *letter = q->first;

	q->first = letter->next;
	if (q->first == NULL)
		q->last = &q->first;
	q->count--;
	return letter;
}

/* With the lock held. TSPDM_OK: something may have changed. */
static enum tspdm_status wait_change(struct pair *p, uint64_t deadline_us)
{
	struct timespec until = { .tv_sec = (time_t)(deadline_us / US_PER_S),
		.tv_nsec = (long)(deadline_us % US_PER_S) * NS_PER_US };
	int error = 0;

	if (deadline_us == UINT64_MAX)
		error = pthread_cond_wait(&p->changed, &p->lock);
	else if (tspdm_now_us() >= deadline_us)
		error = ETIMEDOUT;
	else
		error = pthread_cond_timedwait(&p->changed, &p->lock, &until);
	if (error == ETIMEDOUT)
		return TSPDM_ERR_TIMEOUT;
	return error == 0 ? TSPDM_OK : TSPDM_ERR_IO;
}

static struct letter *new_letter(enum tspdm_message_kind kind, struct tspdm_view message)
{
	struct letter *letter = malloc(sizeof *letter + message.len);

	if (letter == NULL)
		return NULL;
	*letter = (struct letter){ .kind = kind, .len = message.len };
	memcpy(letter->bytes, message.ptr, message.len);
	return letter;
}

static enum tspdm_status deliver(struct end *to, struct letter *letter, uint64_t deadline_us)
{
	enum tspdm_status status = TSPDM_OK;

	pthread_mutex_lock(&to->pair->lock);
	while (status == TSPDM_OK && !to->is_closed && to->inbox.count >= QUEUE_MAX)
		status = wait_change(to->pair, deadline_us);
	if (status == TSPDM_OK && to->is_closed)
		status = TSPDM_ERR_CLOSED;
	if (status == TSPDM_OK) {
		put(&to->inbox, letter);
		pthread_cond_broadcast(&to->pair->changed);
	}
	pthread_mutex_unlock(&to->pair->lock);
	return status;
}

static enum tspdm_status send_message(struct tspdm_transport *transport, enum tspdm_message_kind kind,
	struct tspdm_view message, uint64_t deadline_us)
{
	struct end *e = end_of(transport);
	struct letter *letter = NULL;
	enum tspdm_status status = TSPDM_OK;

	if (message.len == 0)
		return TSPDM_ERR_ARGUMENT;
	if (message.len > e->base.binding->max_message)
		return TSPDM_ERR_TOO_LARGE;
	letter = new_letter(kind, message);
	if (letter == NULL)
		return TSPDM_ERR_MEMORY;
	status = deliver(other_end(e), letter, deadline_us);
	if (status != TSPDM_OK)
		free(letter);
	return status;
}

/* What was sent before the other end closed is still received. */
static enum tspdm_status await_letter(struct end *e, uint64_t deadline_us)
{
	enum tspdm_status status = TSPDM_OK;

	pthread_mutex_lock(&e->pair->lock);
	while (status == TSPDM_OK && e->inbox.first == NULL)
		status = other_end(e)->is_closed ? TSPDM_ERR_CLOSED : wait_change(e->pair, deadline_us);
	if (e->inbox.first != NULL) {
		status = TSPDM_OK;
		e->current = take(&e->inbox);
		pthread_cond_broadcast(&e->pair->changed);
	}
	pthread_mutex_unlock(&e->pair->lock);
	return status;
}

static enum tspdm_status receive_message(struct tspdm_transport *transport, enum tspdm_message_kind *kind,
	struct tspdm_view *message, uint64_t deadline_us)
{
	struct end *e = end_of(transport);

	free(e->current);
	e->current = NULL;
	TSPDM_TRY(await_letter(e, deadline_us));
	*kind = e->current->kind;
	*message = (struct tspdm_view){ e->current->bytes, e->current->len };
	return TSPDM_OK;
}

static int poll_handle(struct tspdm_transport *transport)
{
	(void)transport;
	return -1;
}

static void free_pair(struct pair *p)
{
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* The end that closes last frees the pair. */
static void close_end(struct tspdm_transport *transport)
{
	struct end *e = end_of(transport);
	struct pair *p = e->pair;
	bool is_last = false;

	pthread_mutex_lock(&p->lock);
	while (e->inbox.first != NULL)
		free(take(&e->inbox));
	free(e->current);
	e->is_closed = true;
	is_last = other_end(e)->is_closed;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	if (is_last)
		free_pair(p);
}

static const struct tspdm_transport_ops ops = {
	.size = sizeof ops,
	.name = "loopback",
	.send = send_message,
	.receive = receive_message,
	.poll_handle = poll_handle,
	.close = close_end,
};

static enum tspdm_status init_locks(struct pair *p)
{
	pthread_condattr_t attributes;
	int error = 0;

	if (pthread_mutex_init(&p->lock, NULL) != 0)
		return TSPDM_ERR_SYSTEM;
	error = pthread_condattr_init(&attributes);
	if (error == 0) {
		error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
		if (error == 0)
			error = pthread_cond_init(&p->changed, &attributes);
		pthread_condattr_destroy(&attributes);
	}
	if (error == 0)
		return TSPDM_OK;
	pthread_mutex_destroy(&p->lock);
	return TSPDM_ERR_SYSTEM;
}

enum tspdm_status tspdm_loopback_pair(const struct tspdm_binding *binding, struct tspdm_transport *ends[2])
{
	struct pair *p = NULL;

	if (binding == NULL || ends == NULL)
		return TSPDM_ERR_ARGUMENT;
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return TSPDM_ERR_MEMORY;
	if (init_locks(p) != TSPDM_OK) {
		free(p);
		return TSPDM_ERR_SYSTEM;
	}
	for (int i = 0; i < 2; i++) {
		struct end *e = &p->ends[i];

		*e = (struct end){ .base = { &ops, binding }, .pair = p };
		e->inbox.last = &e->inbox.first;
		ends[i] = &e->base;
	}
	return TSPDM_OK;
}
