/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The wait hook of transports: whatever a carrier waits for goes through it, and what it says is what happens. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tspdm/tls.h>

#include "framing_case.h"

enum { PATIENCE_US = 20000000 };

/* Plays the event loop: lets the peer act, and waits then as the system does. */
struct loop {
	unsigned waits, rests;
	short events;         /* of the last wait for a descriptor */
	uint64_t deadline_us; /* of the last wait */
	unsigned end_at;      /* the wait that ends it all; 0: none does */
	enum tspdm_status end;
	void (*peer)(struct loop *); /* what happens meanwhile; NULL: nothing */
	int fd;                      /* the peer's */
};

static enum tspdm_status loop_wait(void *context, int fd, short events, uint64_t deadline_us)
{
	struct loop *l = context;
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now_us = tspdm_now_us();

	l->waits++;
	l->deadline_us = deadline_us;
	if (fd < 0)
		l->rests++;
	else
		l->events = events;
	if (l->end_at != 0 && l->waits >= l->end_at)
		return l->end;
	if (l->peer != NULL)
		l->peer(l);
	if (fd < 0 || deadline_us <= now_us)
		return TSPDM_ERR_TIMEOUT;
	if (deadline_us - now_us > PATIENCE_US)
		deadline_us = now_us + PATIENCE_US; /* no test waits for longer than that */
	return poll(&p, 1, (int)((deadline_us - now_us) / 1000)) > 0 ? TSPDM_OK : TSPDM_ERR_TIMEOUT;
}

static struct tspdm_transport_options options_of(struct loop *l)
{
	return (struct tspdm_transport_options){
		.size = sizeof(struct tspdm_transport_options), .timeout_us = PATIENCE_US, .wait = { loop_wait, l }
	};
}

static struct tspdm_transport *open_pair(struct loop *l, int *peer)
{
	const struct tspdm_transport_options options = options_of(l);
	struct tspdm_transport *t = NULL;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, false, &options, &t), TSPDM_OK);
	*peer = l->fd = fds[1];
	return t;
}

static void answer(struct loop *l)
{
	static const uint8_t frame[] = { 6, 0, 1, 5, 0x10, 0x04, 0, 0 };

	assert_int_equal(write(l->fd, frame, sizeof frame), sizeof frame);
	l->peer = NULL;
}

static enum tspdm_status receive(struct tspdm_transport *t, uint64_t deadline_us)
{
	enum tspdm_message_kind kind;
	struct tspdm_view message;

	return t->ops->receive(t, &kind, &message, deadline_us);
}

static void a_message_is_waited_for_by_the_hook(void **state)
{
	(void)state;
	struct loop l = { .peer = answer };
	uint64_t deadline_us = tspdm_now_us() + PATIENCE_US;
	int peer;
	struct tspdm_transport *t = open_pair(&l, &peer);

	assert_int_equal(receive(t, deadline_us), TSPDM_OK);
	assert_int_equal(l.waits, 1);
	assert_int_equal(l.events, POLLIN);
	assert_true(l.deadline_us == deadline_us);
	tspdm_transport_close(t);
	close(peer);
}

static void what_the_hook_says_is_what_happens(void **state)
{
	(void)state;
	struct loop l = { .end_at = 1, .end = TSPDM_ERR_TIMEOUT };
	int peer;
	struct tspdm_transport *t = open_pair(&l, &peer);

	assert_int_equal(receive(t, UINT64_MAX), TSPDM_ERR_TIMEOUT);
	l.end_at = 0;
	l.peer = answer;
	assert_int_equal(receive(t, UINT64_MAX), TSPDM_OK); /* nothing was lost by that */
	l.end_at = l.waits;
	l.end = TSPDM_ERR_INTERRUPTED;
	assert_int_equal(receive(t, UINT64_MAX), TSPDM_ERR_INTERRUPTED);
	l.end_at = 0;
	l.peer = answer;
	assert_int_equal(receive(t, UINT64_MAX), TSPDM_ERR_INTERRUPTED); /* the stream is over */
	tspdm_transport_close(t);
	close(peer);
}

static void drain(struct loop *l)
{
	uint8_t room[65536];

	assert_true(read(l->fd, room, sizeof room) > 0);
	while (recv(l->fd, room, sizeof room, MSG_DONTWAIT) > 0)
		continue;
}

static void a_peer_that_does_not_read_is_waited_for_by_the_hook(void **state)
{
	(void)state;
	static const uint8_t message[60000] = { 0x10, 0x84 };
	struct loop l = { .peer = drain };
	int peer;
	struct tspdm_transport *t = open_pair(&l, &peer);

	for (unsigned i = 0; i < 100 && l.waits == 0; i++)
		assert_int_equal(t->ops->send(t, TSPDM_KIND_PLAIN, (struct tspdm_view){ message, sizeof message },
					 tspdm_now_us() + PATIENCE_US),
			TSPDM_OK);
	assert_true(l.waits > 0);
	assert_int_equal(l.events, POLLOUT);
	tspdm_transport_close(t);
	close(peer);
}

static void time_passes_in_the_way_of_the_hook(void **state)
{
	(void)state;
	struct loop l = { .end_at = 1, .end = TSPDM_ERR_TIMEOUT };
	int peer;
	struct tspdm_transport *t = open_pair(&l, &peer);

	assert_int_equal(t->ops->rest(t, 12345), TSPDM_ERR_TIMEOUT);
	assert_int_equal(l.rests, 1);
	assert_true(l.deadline_us == 12345);
	l.end = TSPDM_ERR_INTERRUPTED;
	assert_int_equal(t->ops->rest(t, UINT64_MAX), TSPDM_ERR_INTERRUPTED);
	tspdm_transport_close(t);
	close(peer);
}

/* A role inquiry is taken without a word to the caller, so that a peer can go on with them. */
static void a_peer_that_never_pauses_does_not_keep_others_from_running(void **state)
{
	(void)state;
	static uint8_t inquiries[4096];
	struct loop l = { .end_at = 1, .end = TSPDM_ERR_INTERRUPTED };
	int peer;
	struct tspdm_transport *t = open_pair(&l, &peer);
	unsigned sent = 0;

	for (size_t i = 0; i < sizeof inquiries; i += 4)
		memcpy(inquiries + i, (const uint8_t[]){ 2, 0, 1, 0xBF }, 4);
	while (send(peer, inquiries, sizeof inquiries, MSG_DONTWAIT) == (ssize_t)sizeof inquiries)
		sent++;
	assert_true(sent > 20);
	assert_int_equal(receive(t, tspdm_now_us() + PATIENCE_US), TSPDM_ERR_INTERRUPTED);
	assert_int_equal(l.rests, 1); /* the others' turn, and not for want of bytes */
	tspdm_transport_close(t);
	close(peer);
}

/* ---- Opening ---- */

static enum tspdm_status open_url(const char *url, struct loop *l, struct tspdm_transport **t, char *text)
{
	const struct tspdm_transport_options options = options_of(l);
	struct tspdm_endpoint_error why = { "" };
	enum tspdm_status status = tspdm_transport_open(url, &options, t, &why);

	(void)snprintf(text, sizeof why.text, "%s", why.text);
	return status;
}

static struct tspdm_listener *new_listener(void)
{
	struct tspdm_listener *listener = NULL;

	assert_int_equal(tspdm_listener_open("tcp://127.0.0.1:0", &listener, NULL), TSPDM_OK);
	return listener;
}

static void a_connection_is_waited_for_by_the_hook(void **state)
{
	(void)state;
	struct tspdm_listener *listener = new_listener();
	struct tspdm_transport *t = NULL;
	struct loop l = { 0 };
	char text[256];

	assert_int_equal(open_url(tspdm_listener_url(listener), &l, &t, text), TSPDM_OK);
	assert_int_equal(l.waits, 1);
	assert_int_equal(l.events, POLLOUT);
	tspdm_transport_close(t);
	l = (struct loop){ .end_at = 1, .end = TSPDM_ERR_INTERRUPTED };
	assert_int_equal(open_url(tspdm_listener_url(listener), &l, &t, text), TSPDM_ERR_INTERRUPTED);
	assert_null(t);
	assert_non_null(strstr(text, "given up"));
	l = (struct loop){ .end_at = 1, .end = TSPDM_ERR_TIMEOUT };
	assert_int_equal(open_url(tspdm_listener_url(listener), &l, &t, text), TSPDM_ERR_TIMEOUT);
	tspdm_listener_close(listener);
}

static void a_hello_and_a_handshake_are_waited_for_by_the_hook(void **state)
{
	(void)state;
	static const char *const schemes[] = { "emu+mctp", "tls" };
	struct tspdm_listener *listener = new_listener();
	const char *at = strstr(tspdm_listener_url(listener), "://");

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		struct loop l = { .end_at = 2, .end = TSPDM_ERR_INTERRUPTED };
		struct tspdm_transport *t = NULL;
		char url[128], text[256];

		(void)snprintf(url, sizeof url, "%s%s", schemes[i], at);
		assert_int_equal(open_url(url, &l, &t, text), TSPDM_ERR_INTERRUPTED);
		assert_int_equal(l.waits, 2);
		assert_int_equal(l.events, POLLIN);
		assert_null(t);
	}
	tspdm_listener_close(listener);
}

/* ---- Names ---- */

static struct {
	const char *host; /* that it was asked for; NULL: it was not */
	int result, error;
} lookup;

static int play_resolve(void *context, const char *host, const char *service, const struct addrinfo *hints,
	uint64_t deadline_us, struct addrinfo **out)
{
	assert_non_null(context);
	assert_true(deadline_us > tspdm_now_us());
	lookup.host = strcmp(host, "attester.test") == 0 ? "attester.test" : "another";
	if (lookup.result == 0)
		return getaddrinfo("127.0.0.1", service, hints, out);
	errno = lookup.error;
	return lookup.result;
}

static void names_are_looked_up_by_the_hook(void **state)
{
	(void)state;
	static const struct {
		int result, error;
		enum tspdm_status status;
		const char *words;
	} rows[] = {
		{ 0, 0, TSPDM_OK, "" },
		{ EAI_NONAME, 0, TSPDM_ERR_CONNECT, "cannot be resolved" },
		{ EAI_SYSTEM, EIO, TSPDM_ERR_CONNECT, "cannot be resolved" },
		{ EAI_SYSTEM, ETIMEDOUT, TSPDM_ERR_TIMEOUT, "no answer in time" },
		{ EAI_SYSTEM, ECANCELED, TSPDM_ERR_INTERRUPTED, "given up" },
	};
	struct tspdm_listener *listener = new_listener();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct loop l = { 0 };
		struct tspdm_transport_options options = options_of(&l);
		struct tspdm_transport *t = NULL;
		struct tspdm_endpoint_error why = { "" };
		char url[128];

		options.wait.resolve = play_resolve;
		lookup.host = NULL;
		lookup.result = rows[i].result;
		lookup.error = rows[i].error;
		(void)snprintf(url, sizeof url, "tcp://attester.test%s", strrchr(tspdm_listener_url(listener), ':'));
		assert_int_equal(tspdm_transport_open(url, &options, &t, &why), rows[i].status);
		assert_non_null(lookup.host);
		assert_string_equal(lookup.host, "attester.test");
		assert_non_null(strstr(why.text, rows[i].words));
		tspdm_transport_close(t);
	}
	tspdm_listener_close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_waited_for_by_the_hook),
		cmocka_unit_test(what_the_hook_says_is_what_happens),
		cmocka_unit_test(a_peer_that_does_not_read_is_waited_for_by_the_hook),
		cmocka_unit_test(time_passes_in_the_way_of_the_hook),
		cmocka_unit_test(a_peer_that_never_pauses_does_not_keep_others_from_running),
		cmocka_unit_test(a_connection_is_waited_for_by_the_hook),
		cmocka_unit_test(a_hello_and_a_handshake_are_waited_for_by_the_hook),
		cmocka_unit_test(names_are_looked_up_by_the_hook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
