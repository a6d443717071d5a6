/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One honest verifier among many: a requester on a socket, with or without TLS, that needs little memory while it waits. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tspdm/openssl.h>

#include "load.h"

enum {
	REQUEST_LEN = 640,
	CHAIN_CAP = 16384, /* these two while it is attested only */
	MEASURED_CAP = 16384,
	FRAME_MAX = 40000,
	RECORD_LEN = FRAME_MAX + 64,
	SECOND_US = 1000000,
	AGAIN_US = 100000,
};

struct client {
	_Alignas(max_align_t) struct source source; /* the requester stands behind the struct */
	struct load *load;
	struct client **slot;
	int fd;
	uint32_t events;
	bool is_connected, is_negotiated, is_held, is_finished;
	unsigned job;
	uint64_t begun_us, deadline_us;
	struct tspdm_tls *tls;
	struct tspdm_framer framer;
	struct tspdm_requester *requester;
	uint8_t *kept; /* the beginning of a frame whose end has not come */
	size_t kept_len;
	uint8_t *unsent;
	size_t unsent_len;
	uint8_t *chain, *measured; /* together */
	void *sessions;
	uint8_t request[REQUEST_LEN];
};

/* Where all of them receive, and open records: nothing stays there. */
static uint8_t stream[2 * FRAME_MAX], record[RECORD_LEN], frames[FRAME_MAX];

/* As whoever is turned away at the door tries again a little later. */
static bool comes_again(struct client *c)
{
	struct load *l = c->load;

	if (c->is_negotiated || l->refused == l->o.again)
		return false;
	l->refused++;
	l->begun--;
	l->not_before_us = tspdm_now_us() + AGAIN_US;
	client_close(c);
	return true;
}

static void finish(struct client *c, enum tspdm_status status, const char *what)
{
	struct load *l = c->load;
	uint64_t took_us = tspdm_now_us() - c->begun_us;

	if (status != TSPDM_OK && comes_again(c))
		return;
	c->is_finished = true;
	l->finished++;
	l->took_sum_us += took_us;
	l->took_max_us = took_us > l->took_max_us ? took_us : l->took_max_us;
	l->took_min_us = l->took_min_us == 0 || took_us < l->took_min_us ? took_us : l->took_min_us;
	if (status != TSPDM_OK && l->failed++ == 0)
		snprintf(l->why, sizeof l->why, "%s: %s%s%s", what, tspdm_status_text(status),
			status == TSPDM_ERR_TLS ? ": " : "", status == TSPDM_ERR_TLS ? tspdm_tls_error(c->tls) : "");
	if (status != TSPDM_OK || !l->o.is_together)
		client_close(c);
}

/* ---- Bytes ---- */

static void watch(struct client *c, uint32_t events)
{
	if (events == c->events)
		return;
	load_watch(c->load, &c->source, c->fd, events, c->events == 0);
	c->events = events;
}

static enum tspdm_status write_some(struct client *c, struct tspdm_view *left)
{
	short events = 0;
	ssize_t n;

	if (c->tls != NULL)
		return tspdm_tls_write(c->tls, left, &events);
	n = send(c->fd, left->ptr, left->len, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN ? TSPDM_AGAIN : TSPDM_ERR_CLOSED;
	*left = (struct tspdm_view){ left->ptr + n, left->len - (size_t)n };
	return TSPDM_OK;
}

/* Sends, and keeps what the system does not take yet. `bytes` is none of c->unsent. */
static enum tspdm_status put(struct client *c, struct tspdm_view bytes)
{
	enum tspdm_status status = TSPDM_OK;

	while (bytes.len != 0 && status == TSPDM_OK)
		status = write_some(c, &bytes);
	if (status != TSPDM_AGAIN)
		return status;
	c->unsent = malloc(bytes.len);
	if (c->unsent == NULL)
		return TSPDM_ERR_MEMORY;
	memcpy(c->unsent, bytes.ptr, bytes.len);
	c->unsent_len = bytes.len;
	watch(c, EPOLLIN | EPOLLOUT);
	return TSPDM_OK;
}

static enum tspdm_status flush(struct client *c)
{
	uint8_t *bytes = c->unsent;
	enum tspdm_status status;

	if (bytes == NULL)
		return TSPDM_OK;
	c->unsent = NULL;
	watch(c, EPOLLIN);
	status = put(c, (struct tspdm_view){ bytes, c->unsent_len });
	free(bytes);
	return status;
}

/* Appends what has come. TSPDM_AGAIN: that is all. */
static enum tspdm_status read_some(struct client *c, struct tspdm_buffer *in)
{
	short events = 0;
	ssize_t n;

	if (c->tls != NULL)
		return tspdm_tls_read(c->tls, in, &events);
	n = recv(c->fd, in->ptr + in->len, in->cap - in->len, 0);
	if (n < 0 && errno == EAGAIN)
		return TSPDM_AGAIN;
	if (n <= 0)
		return TSPDM_ERR_CLOSED;
	in->len += (size_t)n;
	return TSPDM_OK;
}

static enum tspdm_status keep(struct client *c, struct tspdm_view left)
{
	c->kept_len = left.len;
	if (left.len == 0)
		return TSPDM_OK;
	c->kept = malloc(left.len);
	if (c->kept == NULL)
		return TSPDM_ERR_MEMORY;
	memcpy(c->kept, left.ptr, left.len);
	return TSPDM_OK;
}

/* Gives the requester the frames that are whole. */
static enum tspdm_status take(struct client *c, struct tspdm_view in)
{
	struct tspdm_frame frame;
	enum tspdm_status status;

	while ((status = tspdm_framer_pull(&c->framer, &in, FRAME_MAX, &frame)) == TSPDM_OK) {
		if (frame.event == TSPDM_FRAME_REFUSED)
			return TSPDM_ERR_FRAME_REFUSED;
		if (frame.event == TSPDM_FRAME_MESSAGE)
			(void)!tspdm_requester_input(c->requester, frame.kind, frame.body);
	}
	return status == TSPDM_AGAIN ? keep(c, in) : status;
}

static enum tspdm_status receive(struct client *c)
{
	struct tspdm_buffer in = { stream, sizeof stream, c->kept_len };
	enum tspdm_status status;

	if (c->kept_len != 0)
		memcpy(stream, c->kept, c->kept_len);
	free(c->kept);
	c->kept = NULL;
	do
		status = read_some(c, &in);
	while (status == TSPDM_OK && in.len < in.cap);
	if (status != TSPDM_OK && status != TSPDM_AGAIN)
		return status;
	tspdm_quick_ack(c->fd);
	return take(c, tspdm_buffer_view(&in));
}

/* ---- Jobs ---- */

static enum tspdm_status begin_authenticate(struct client *c)
{
	struct tspdm_authenticate job = { .chain_cap = CHAIN_CAP };

	c->chain = malloc(CHAIN_CAP + MEASURED_CAP);
	if (c->chain == NULL)
		return TSPDM_ERR_MEMORY;
	c->measured = c->chain + CHAIN_CAP;
	job.chain = c->chain;
	return tspdm_requester_authenticate(c->requester, &job);
}

static enum tspdm_status begin_measure(struct client *c)
{
	const struct tspdm_measure job = { .operation = TSPDM_INDEX_MANIFEST,
		.is_signed = true,
		.is_raw = true,
		.record = c->measured,
		.record_cap = MEASURED_CAP };

	return tspdm_requester_measure(c->requester, &job);
}

static enum tspdm_status begin_session(struct client *c)
{
	const struct tspdm_open_session job = { .summary_type = TSPDM_SUMMARY_NONE };

	return tspdm_requester_open_session(c->requester, &job);
}

static enum tspdm_status begin_close(struct client *c)
{
	return tspdm_requester_close_session(c->requester, tspdm_requester_opened(c->requester));
}

/* What follows the connection's opening, each up to its depth. */
static const struct {
	enum depth depth;
	const char *name;
	enum tspdm_status (*begin)(struct client *c);
} jobs[] = {
	{ DEPTH_ATTEST, "authenticate", begin_authenticate },
	{ DEPTH_ATTEST, "measure", begin_measure },
	{ DEPTH_SESSION, "open_session", begin_session },
	{ DEPTH_SESSION, "close_session", begin_close },
};
enum { JOBS = sizeof jobs / sizeof *jobs, LAST_OF_ATTESTATION = 2 };

static const char *job_name(const struct client *c)
{
	return c->job == 0 ? "connect" : jobs[c->job - 1].name;
}

static bool judge_client(struct client *c)
{
	struct tspdm_view why = { NULL, 0 };
	enum tspdm_status status = judge(c->load, c->requester, &why);

	if (status == TSPDM_OK)
		return true;
	finish(c, status, why.len != 0 ? (const char *)why.ptr : "verdict");
	return false;
}

/* Begins what comes after a job that is done. @returns whether there is something to step */
static bool begin_next(struct client *c)
{
	struct load *l = c->load;
	enum tspdm_status status;

	if (c->job == 0 && !c->is_negotiated) {
		c->is_negotiated = true;
		l->connected++;
		if (l->o.is_together && l->connected < l->o.connections) {
			c->is_held = true;
			return false;
		}
	}
	if (c->job == LAST_OF_ATTESTATION && !judge_client(c))
		return false;
	if (c->job == JOBS || jobs[c->job].depth > l->o.depth) {
		finish(c, TSPDM_OK, "");
		return false;
	}
	status = jobs[c->job++].begin(c);
	if (status != TSPDM_OK)
		finish(c, status, job_name(c));
	return status == TSPDM_OK;
}

static bool send_out(struct client *c, const struct tspdm_io *io)
{
	struct tspdm_buffer frame = { frames, sizeof frames, 0 };
	enum tspdm_status status = tspdm_framer_wrap(&c->framer, io->kind, io->out, &frame);

	if (status == TSPDM_OK)
		status = put(c, tspdm_buffer_view(&frame));
	if (status != TSPDM_OK)
		finish(c, status, job_name(c));
	return status == TSPDM_OK;
}

/* Moves on as far as it goes without waiting. The client may be gone after that. */
static void advance(struct client *c)
{
	bool goes_on = true;

	while (goes_on) {
		struct tspdm_io io;

		switch (tspdm_requester_step(c->requester, tspdm_now_us(), &io)) {
		case TSPDM_STEP_SEND:
			goes_on = send_out(c, &io);
			break;
		case TSPDM_STEP_RECEIVE:
		case TSPDM_STEP_WAIT:
			c->deadline_us = io.deadline_us;
			goes_on = false;
			break;
		case TSPDM_STEP_DONE:
			c->deadline_us = UINT64_MAX;
			goes_on = begin_next(c);
			break;
		case TSPDM_STEP_FAILED:
			finish(c, tspdm_requester_error(c->requester)->status, job_name(c));
			goes_on = false;
			break;
		}
	}
}

/* ---- Connection ---- */

static enum tspdm_status make_requester(struct client *c)
{
	const struct options *o = &c->load->o;
	bool has_session = o->depth == DEPTH_SESSION;
	struct tspdm_requester_config config = { .size = sizeof config,
		.crypto = c->load->crypto,
		.binding = &tspdm_binding_tcp,
		.request = c->request,
		.request_len = sizeof c->request,
		.capabilities = has_session ? TSPDM_CAP_KEY_EX | TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC : 0,
		.max_message = FRAME_MAX,
		.patience_us = (uint64_t)o->patience_s * SECOND_US,
		.allow_unanchored_chain = true,
		.record = has_session ? record : NULL,
		.record_len = has_session ? sizeof record : 0 };

	if (has_session) {
		config.sessions_len = tspdm_session_size();
		config.sessions = c->sessions = malloc(config.sessions_len);
		if (c->sessions == NULL)
			return TSPDM_ERR_MEMORY;
	}
	TSPDM_TRY(tspdm_requester_init(c + 1, tspdm_requester_size(), &config, &c->requester));
	return tspdm_requester_connect(c->requester);
}

/* Goes on with the connection. @returns whether it is there */
static bool establish(struct client *c)
{
	enum tspdm_status status = TSPDM_OK;
	socklen_t len = sizeof(int);
	short events = 0;
	int error = 0;

	if (c->requester != NULL)
		return true;
	if (!c->is_connected && (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)) {
		finish(c, TSPDM_ERR_CONNECT, error == 0 ? "SO_ERROR" : strerror(error));
		return false;
	}
	if (!c->is_connected && c->load->tls != NULL)
		status = tspdm_tls_new(c->load->tls, c->fd, NULL, &c->tls);
	c->is_connected = true;
	if (status == TSPDM_OK && c->tls != NULL)
		status = tspdm_tls_handshake(c->tls, &events);
	watch(c, (events & POLLOUT) != 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
	if (status == TSPDM_AGAIN)
		return false;
	if (status == TSPDM_OK)
		status = make_requester(c);
	if (status != TSPDM_OK)
		finish(c, status, "connection");
	return status == TSPDM_OK;
}

static void on_ready(void *self, uint32_t events)
{
	struct client *c = self;
	enum tspdm_status status;

	if (!establish(c))
		return;
	status = (events & EPOLLOUT) != 0 ? flush(c) : TSPDM_OK;
	if (status == TSPDM_OK && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		status = receive(c);
	if (status != TSPDM_OK && c->is_finished) {
		client_close(c);
		return;
	}
	if (status != TSPDM_OK) {
		finish(c, status, c->is_held ? "while held" : job_name(c));
		return;
	}
	if (!c->is_finished && !c->is_held)
		advance(c);
}

bool client_open(struct load *l, struct client **slot)
{
	struct client *c = calloc(1, sizeof *c + tspdm_requester_size());

	if (c == NULL)
		return false;
	c->fd = load_connect(l);
	if (c->fd < 0) {
		free(c);
		return false;
	}
	c->source.on_ready = on_ready;
	c->load = l;
	c->slot = slot;
	c->begun_us = tspdm_now_us();
	c->deadline_us = UINT64_MAX;
	tspdm_framer_init(&c->framer, &tspdm_framing_dsp0287, false);
	*slot = c;
	l->begun++;
	l->open++;
	l->open_max = l->open > l->open_max ? l->open : l->open_max;
	watch(c, EPOLLIN | EPOLLOUT);
	return true;
}

void client_tick(struct client *c, uint64_t now_us)
{
	uint64_t age_us = now_us - c->begun_us;

	if (c->requester == NULL && age_us > (uint64_t)c->load->o.patience_s * SECOND_US)
		finish(c, TSPDM_ERR_TIMEOUT, "connection");
	else if (!c->is_finished && c->deadline_us <= now_us)
		advance(c);
}

bool client_is_held(const struct client *c)
{
	return c->is_held;
}

void client_release(struct client *c)
{
	c->is_held = false;
	if (begin_next(c))
		advance(c);
}

void client_close(struct client *c)
{
	tspdm_requester_wipe(c->requester);
	tspdm_tls_free(c->tls);
	close(c->fd); /* and epoll forgets it */
	free(c->kept);
	free(c->unsent);
	free(c->chain);
	free(c->sessions);
	*c->slot = NULL;
	c->load->open--;
	free(c);
}
