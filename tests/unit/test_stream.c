/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The stream carrier and the listeners, over socket pairs and real sockets on free ports. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "framing_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PATIENCE_US = 20000000, /* for what must happen; no test takes that long */
	SHORT_US = 20000,       /* for what must not */
};

static uint64_t in_us(uint64_t us)
{
	return tspdm_now_us() + us;
}

static const uint8_t get_version[] = { 0x10, 0x84, 0, 0 };
static const struct tspdm_view request = { get_version, sizeof get_version };

/* One end is a transport, the other a bare descriptor that plays the peer. */
struct rig {
	struct tspdm_transport *t;
	int peer;
};

static struct rig new_rig(const struct tspdm_framing *framing, uint32_t max_message)
{
	struct tspdm_transport_options options = { .size = sizeof options, .max_message = max_message };
	struct rig rig = { 0 };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(tspdm_transport_from_fd(fds[0], framing, true, &options, &rig.t), TSPDM_OK);
	rig.peer = fds[1];
	return rig;
}

static void free_rig(struct rig *rig)
{
	tspdm_transport_close(rig->t);
	if (rig->peer >= 0)
		close(rig->peer);
}

static void peer_sends(const struct rig *rig, const char *text)
{
	struct bytes b = hex(text);

	assert_int_equal(write(rig->peer, b.at, b.len), (ssize_t)b.len);
}

static void peer_gets(const struct rig *rig, const char *text)
{
	struct bytes want = hex(text), got = { 0 };

	while (got.len < want.len) {
		ssize_t n = read(rig->peer, got.at + got.len, want.len - got.len);

		assert_true(n > 0);
		got.len += (size_t)n;
	}
	assert_memory_equal(got.at, want.at, want.len);
}

static enum tspdm_status receive(struct tspdm_transport *t, struct tspdm_view *message, uint64_t us)
{
	enum tspdm_message_kind kind = TSPDM_KIND_SECURED;

	return t->ops->receive(t, &kind, message, in_us(us));
}

static void a_message_goes_both_ways(void **state)
{
	(void)state;
	struct rig rig = new_rig(&tspdm_framing_dsp0287, 0);
	struct tspdm_view message;

	peer_sends(&rig, "0600 01 05 10840000");
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_OK);
	assert_int_equal(message.len, 4);
	assert_memory_equal(message.ptr, get_version, 4);
	assert_int_equal(rig.t->ops->send(rig.t, TSPDM_KIND_SECURED, request, in_us(PATIENCE_US)), TSPDM_OK);
	peer_gets(&rig, "0600 01 06 10840000");
	assert_true(tspdm_binding_is(rig.t->binding, &tspdm_binding_tcp));
	assert_true(rig.t->ops->poll_handle(rig.t) >= 0);
	free_rig(&rig);
}

static void pieces_and_pipelined_frames_are_put_in_order(void **state)
{
	(void)state;
	struct rig rig = new_rig(&tspdm_framing_dsp0287, 0);
	struct bytes b = hex("0600 01 05 10840000 0300 01 06 AA 0400 01 05 BBCC");
	struct tspdm_view message;

	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(write(rig.peer, &b.at[i], 1), 1);
		assert_int_equal(receive(rig.t, &message, 0), TSPDM_ERR_TIMEOUT);
	}
	assert_int_equal(write(rig.peer, &b.at[7], b.len - 7), (ssize_t)b.len - 7);
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_OK);
	assert_int_equal(message.len, 4);
	assert_int_equal(receive(rig.t, &message, 0), TSPDM_OK);
	assert_int_equal(message.len, 1);
	assert_int_equal(receive(rig.t, &message, 0), TSPDM_OK);
	assert_int_equal(message.len, 2);
	assert_int_equal(message.ptr[1], 0xCC);
	assert_int_equal(receive(rig.t, &message, 0), TSPDM_ERR_TIMEOUT);
	free_rig(&rig);
}

static void a_silent_peer_times_out_and_may_speak_later(void **state)
{
	(void)state;
	struct rig rig = new_rig(&tspdm_framing_dsp0287, 0);
	struct tspdm_view message;
	uint64_t before = tspdm_now_us();

	assert_int_equal(receive(rig.t, &message, SHORT_US), TSPDM_ERR_TIMEOUT);
	assert_true(tspdm_now_us() - before >= SHORT_US);
	peer_sends(&rig, "0600 01 05 1084");
	assert_int_equal(receive(rig.t, &message, SHORT_US), TSPDM_ERR_TIMEOUT);
	peer_sends(&rig, "0000");
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_OK);
	free_rig(&rig);
}

static void a_broken_frame_is_answered_and_ends_the_stream(void **state)
{
	(void)state;
	struct rig rig = new_rig(&tspdm_framing_dsp0287, 16);
	struct tspdm_view message;

	peer_sends(&rig, "0600 02 05 10840000");
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_ERR_FRAME);
	peer_gets(&rig, "0000 01 C1");
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_ERR_FRAME);
	assert_int_equal(rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, request, in_us(PATIENCE_US)), TSPDM_ERR_FRAME);
	free_rig(&rig);

	rig = new_rig(&tspdm_framing_dsp0287, 16);
	peer_sends(&rig, "1300 01 05");
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_ERR_TOO_LARGE);
	peer_gets(&rig, "0000 01 C0");
	free_rig(&rig);

	rig = new_rig(&tspdm_framing_dsp0287, 16);
	peer_sends(&rig, "0000 01 C3");
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_ERR_FRAME_REFUSED);
	free_rig(&rig);
}

static void a_peer_that_closes_is_told_as_such(void **state)
{
	(void)state;
	static const char *const before[] = { "", "0600", "0600 01 05 1084" };

	for (size_t i = 0; i < LEN(before); i++) {
		struct rig rig = new_rig(&tspdm_framing_dsp0287, 0);
		struct tspdm_view message;

		peer_sends(&rig, before[i]);
		close(rig.peer);
		rig.peer = -1;
		assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_ERR_CLOSED);
		assert_int_equal(
			rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, request, in_us(PATIENCE_US)), TSPDM_ERR_CLOSED);
		free_rig(&rig);
	}
}

static void writing_to_a_closed_peer_raises_no_signal(void **state)
{
	(void)state;
	struct rig rig = new_rig(&tspdm_framing_dsp0287, 0);

	signal(SIGPIPE, SIG_DFL);
	close(rig.peer);
	rig.peer = -1;
	assert_int_equal(rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, request, in_us(PATIENCE_US)), TSPDM_ERR_CLOSED);
	free_rig(&rig);
}

/* The socket's buffer fills up: nothing of a frame that timed out may be repeated. */
static void a_peer_that_does_not_read_times_out(void **state)
{
	(void)state;
	static const uint8_t large[60000];
	struct rig rig = new_rig(&tspdm_framing_dsp0287, 0);
	struct tspdm_view message = { large, sizeof large };
	enum tspdm_status status = TSPDM_OK;

	for (unsigned i = 0; i < 1000 && status == TSPDM_OK; i++)
		status = rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, message, in_us(SHORT_US));
	assert_int_equal(status, TSPDM_ERR_TIMEOUT);
	status = rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, message, in_us(SHORT_US));
	assert_true(status == TSPDM_ERR_TIMEOUT || status == TSPDM_ERR_IO);
	free_rig(&rig);
}

static void a_message_too_large_for_the_frame_leaves_the_stream_whole(void **state)
{
	(void)state;
	static const uint8_t large[65534];
	struct rig rig = new_rig(&tspdm_framing_dsp0287, 0);

	assert_int_equal(rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, (struct tspdm_view){ large, sizeof large },
				 in_us(PATIENCE_US)),
		TSPDM_ERR_TOO_LARGE);
	assert_int_equal(rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, request, in_us(PATIENCE_US)), TSPDM_OK);
	peer_gets(&rig, "0600 01 05 10840000");
	free_rig(&rig);
}

static void the_listener_answers_what_is_not_for_the_core(void **state)
{
	(void)state;
	struct rig rig = new_rig(&tspdm_framing_emu_any, 0);
	struct tspdm_view message;

	assert_null(rig.t->binding);
	assert_int_equal(rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, request, 0), TSPDM_ERR_STATE);
	peer_sends(&rig, "0000DEAD 00000001 0000000E 436C69656E742048656C6C6F2100");
	peer_sends(&rig, "00008002 00000001 00000000");
	assert_int_equal(receive(rig.t, &message, SHORT_US), TSPDM_ERR_TIMEOUT);
	peer_gets(&rig, "0000DEAD 00000001 0000000E 5365727665722048656C6C6F2100");
	peer_gets(&rig, "0000FFFF 00000001 00000000");
	assert_true(tspdm_binding_is(rig.t->binding, &tspdm_binding_mctp));
	peer_sends(&rig, "0000FFFE 00000001 00000000");
	assert_int_equal(receive(rig.t, &message, PATIENCE_US), TSPDM_ERR_CLOSED);
	peer_gets(&rig, "0000FFFE 00000001 00000000");
	free_rig(&rig);
}

/* Time is looked at even though bytes never run out. */
static void a_peer_that_only_chats_does_not_hold_a_receiver(void **state)
{
	(void)state;
	struct rig rig = new_rig(&tspdm_framing_emu_mctp, 0);
	struct tspdm_view message;

	for (unsigned i = 0; i < 5; i++)
		peer_sends(&rig, "00008002 00000001 00000000");
	assert_int_equal(receive(rig.t, &message, 0), TSPDM_ERR_TIMEOUT);
	free_rig(&rig);
}

static void options_that_are_not_known_are_refused(void **state)
{
	(void)state;
	struct {
		struct tspdm_transport_options options;
		uint8_t later[8];
	} wide = { .options.size = sizeof wide };
	struct tspdm_transport_options *o = &wide.options;
	struct tspdm_transport *t = NULL;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, true, o, &t), TSPDM_OK);
	tspdm_transport_close(t);
	wide.later[7] = 1;
	assert_int_equal(tspdm_transport_from_fd(fds[1], &tspdm_framing_dsp0287, true, o, &t), TSPDM_ERR_UNSUPPORTED);
	*o = (struct tspdm_transport_options){ .size = sizeof *o, .reserved = { 1 } };
	assert_int_equal(tspdm_transport_from_fd(fds[1], &tspdm_framing_dsp0287, true, o, &t), TSPDM_ERR_UNSUPPORTED);
	*o = (struct tspdm_transport_options){ .size = 3 };
	assert_int_equal(tspdm_transport_from_fd(fds[1], &tspdm_framing_dsp0287, true, o, &t), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_transport_from_fd(-1, &tspdm_framing_dsp0287, true, NULL, &t), TSPDM_ERR_ARGUMENT);
	assert_null(t);
	close(fds[1]);
}

/* ---- The connecting end, against a peer that has written its answers before ---- */

#define SERVER_HELLO "0000DEAD 00000002 0000000E 5365727665722048656C6C6F2100"
#define CLIENT_HELLO "0000DEAD 00000002 0000000E 436C69656E742048656C6C6F2100"
#define DISCOVERY "00000001 00000002 0000000C 0100000003000000"

static enum tspdm_status connect_prepared(const char *const *answers, struct rig *rig)
{
	struct tspdm_transport_options options = { .size = sizeof options, .timeout_us = SHORT_US };
	enum tspdm_status status = TSPDM_OK;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*rig = (struct rig){ .peer = fds[1] };
	for (; *answers != NULL; answers++)
		peer_sends(rig, *answers);
	status = tspdm_transport_from_fd(fds[0], &tspdm_framing_emu_doe, false, &options, &rig->t);
	if (status != TSPDM_OK)
		assert_int_equal(close(fds[0]), 0); /* still ours */
	return status;
}

static void a_role_inquiry_and_discovery_are_dealt_with_in_the_opening(void **state)
{
	(void)state;
	static const char *const answers[] = { "000001BF", SERVER_HELLO, DISCOVERY "01000001", DISCOVERY "01000100",
		"0000FFFE 00000002 00000000", NULL };
	struct rig rig;

	assert_int_equal(connect_prepared(answers, &rig), TSPDM_OK);
	assert_int_equal(rig.t->ops->send(rig.t, TSPDM_KIND_PLAIN, request, in_us(PATIENCE_US)), TSPDM_OK);
	peer_gets(&rig, CLIENT_HELLO);
	peer_gets(&rig, DISCOVERY "00000000");
	peer_gets(&rig, DISCOVERY "01000000");
	peer_gets(&rig, "00000001 00000002 0000000C 0100010003000000 10840000");
	tspdm_transport_close(rig.t);
	peer_gets(&rig, "0000FFFE 00000002 00000000");
	close(rig.peer);
}

static void an_opening_that_goes_wrong_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *answers[4];
		enum tspdm_status status;
	} rows[] = {
		{ { NULL }, TSPDM_ERR_TIMEOUT },
		{ { "000001BF", "000001BF", NULL }, TSPDM_ERR_TIMEOUT },
		{ { SERVER_HELLO, NULL }, TSPDM_ERR_TIMEOUT },
		{ { SERVER_HELLO, DISCOVERY "01000000", NULL }, TSPDM_ERR_UNSUPPORTED },
		{ { SERVER_HELLO, DISCOVERY "86800000", NULL }, TSPDM_ERR_UNSUPPORTED },
		{ { CLIENT_HELLO, NULL }, TSPDM_ERR_FRAME },
		{ { "00000001 00000002 0000000C 0100010003000000 10840000", NULL }, TSPDM_ERR_FRAME },
		{ { "0000FFFF 00000002 00000000", NULL }, TSPDM_ERR_FRAME_REFUSED },
		{ { "0000FFFE 00000002 00000000", NULL }, TSPDM_ERR_CLOSED },
		{ { "00000001 00000002 FFFFFFFF", NULL }, TSPDM_ERR_TOO_LARGE },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct rig rig;

		assert_int_equal(connect_prepared(rows[i].answers, &rig), rows[i].status);
		assert_null(rig.t);
		close(rig.peer);
	}
}

/* ---- Listeners, in a thread that answers each message with itself ---- */

static void *echo(void *argument)
{
	struct tspdm_listener *l = argument;
	struct tspdm_transport *t = NULL;
	struct pollfd p = { .fd = tspdm_listener_fd(l), .events = POLLIN };
	int fd = -1;

	if (poll(&p, 1, PATIENCE_US / 1000) != 1 || tspdm_listener_accept(l, &fd) != TSPDM_OK)
		return NULL;
	if (tspdm_transport_from_fd(fd, tspdm_listener_framing(l), true, NULL, &t) != TSPDM_OK)
		return NULL;
	for (;;) {
		enum tspdm_message_kind kind;
		struct tspdm_view message;

		if (t->ops->receive(t, &kind, &message, in_us(PATIENCE_US)) != TSPDM_OK)
			break;
		if (t->ops->send(t, kind, message, in_us(PATIENCE_US)) != TSPDM_OK)
			break;
	}
	tspdm_transport_close(t);
	return l;
}

/* A large message too, so that both directions need several writes and growing buffers. */
static void exchange(struct tspdm_transport *t)
{
	static uint8_t large[60000];
	struct tspdm_view messages[] = { request, { large, sizeof large }, request };

	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < LEN(messages); i++) {
		struct tspdm_view answer;

		assert_int_equal(t->ops->send(t, TSPDM_KIND_PLAIN, messages[i], in_us(PATIENCE_US)), TSPDM_OK);
		assert_int_equal(receive(t, &answer, PATIENCE_US), TSPDM_OK);
		assert_int_equal(answer.len, messages[i].len);
		assert_memory_equal(answer.ptr, messages[i].ptr, answer.len);
	}
}

static void every_scheme_connects_to_its_listener(void **state)
{
	(void)state;
	static const struct {
		const char *listen, *connect; /* connect: the scheme */
		const struct tspdm_binding *binding;
	} rows[] = {
		{ "tcp://127.0.0.1:0", "tcp:", &tspdm_binding_tcp },
		{ "emu+mctp://127.0.0.1:0", "emu+mctp:", &tspdm_binding_mctp },
		{ "emu+doe://127.0.0.1:0", "emu+doe:", &tspdm_binding_doe },
		{ "emu+tcp://127.0.0.1:0", "emu+tcp:", &tspdm_binding_tcp },
		{ "emu+none://127.0.0.1:0", "emu+none:", &tspdm_binding_none },
		{ "emu://127.0.0.1:0", "emu+doe:", &tspdm_binding_doe },
		{ "emu://:0", "emu+mctp:", &tspdm_binding_mctp },
		{ "unix:test_stream.echo", "unix:", &tspdm_binding_tcp },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct tspdm_endpoint_error why = { "" };
		struct tspdm_listener *l = NULL;
		struct tspdm_transport *t = NULL;
		pthread_t thread;
		void *result = NULL;
		char url[300];

		if (tspdm_listener_open(rows[i].listen, &l, &why) != TSPDM_OK)
			fail_msg("%s", why.text);
		(void)snprintf(url, sizeof url, "%s%s", rows[i].connect, strchr(tspdm_listener_url(l), ':') + 1);
		assert_int_equal(pthread_create(&thread, NULL, echo, l), 0);
		if (tspdm_transport_open(url, NULL, &t, &why) != TSPDM_OK)
			fail_msg("%s", why.text);
		assert_true(tspdm_binding_is(t->binding, rows[i].binding));
		exchange(t);
		tspdm_transport_close(t);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_ptr_equal(result, l);
		tspdm_listener_close(l);
	}
	assert_int_not_equal(access("test_stream.echo", F_OK), 0);
}

static void ipv6_stands_in_brackets(void **state)
{
	(void)state;
	struct tspdm_listener *l = NULL;

	if (tspdm_listener_open("tcp://[::1]:0", &l, NULL) != TSPDM_OK)
		skip(); /* a machine without IPv6 */
	assert_int_equal(strncmp(tspdm_listener_url(l), "tcp://[::1]:", 12), 0);
	assert_string_not_equal(tspdm_listener_url(l), "tcp://[::1]:0");
	tspdm_listener_close(l);
}

static void accept_says_again_when_none_is_waiting(void **state)
{
	(void)state;
	struct tspdm_listener *l = NULL;
	int fd = 0;

	assert_int_equal(tspdm_listener_open("tcp://127.0.0.1:0", &l, NULL), TSPDM_OK);
	assert_int_equal(tspdm_listener_accept(l, &fd), TSPDM_AGAIN);
	assert_int_equal(fd, -1);
	tspdm_listener_close(l);
	tspdm_listener_close(NULL);
	tspdm_transport_close(NULL);
}

static void assert_text(const struct tspdm_endpoint_error *why, const char *url, const char *rest)
{
	char expected[600];

	(void)snprintf(expected, sizeof expected, "%s%s", url, rest);
	assert_string_equal(why->text, expected);
}

static void nobody_there_is_told_with_advice(void **state)
{
	(void)state;
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_listener *l = NULL;
	struct tspdm_transport *t = NULL;
	char url[300];

	assert_int_equal(tspdm_listener_open("tcp://127.0.0.1:0", &l, NULL), TSPDM_OK);
	(void)snprintf(url, sizeof url, "%s", tspdm_listener_url(l));
	tspdm_listener_close(l);
	assert_int_equal(tspdm_transport_open(url, NULL, &t, &why), TSPDM_ERR_CONNECT);
	assert_text(&why, url, ": connection refused; is the attester listening there?");
	assert_int_equal(tspdm_transport_open("unix:no/such", NULL, &t, &why), TSPDM_ERR_CONNECT);
	assert_text(&why, "unix:no/such", ": no such socket file; is the attester listening there?");
	assert_int_equal(tspdm_transport_open("grpc://h", NULL, &t, &why), TSPDM_ERR_ENDPOINT);
	assert_int_equal(tspdm_listener_open("grpc://h", &l, &why), TSPDM_ERR_ENDPOINT);
	assert_null(t);
	assert_null(l);
}

static void a_port_in_use_is_told_with_advice(void **state)
{
	(void)state;
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_listener *l = NULL, *second = NULL;

	assert_int_equal(tspdm_listener_open("tcp://127.0.0.1:0", &l, NULL), TSPDM_OK);
	assert_int_equal(tspdm_listener_open(tspdm_listener_url(l), &second, &why), TSPDM_ERR_CONNECT);
	assert_text(&why, tspdm_listener_url(l),
		": the address is in use; is another attester running? Else choose another port");
	tspdm_listener_close(l);
}

/* Connected by the system's queue, but nobody answers the hello. */
static void a_listener_that_does_not_answer_the_hello_times_out(void **state)
{
	(void)state;
	struct tspdm_transport_options options = { .size = sizeof options, .timeout_us = SHORT_US };
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_listener *l = NULL;
	struct tspdm_transport *t = NULL;

	assert_int_equal(tspdm_listener_open("emu+mctp://127.0.0.1:0", &l, NULL), TSPDM_OK);
	assert_int_equal(tspdm_transport_open(tspdm_listener_url(l), &options, &t, &why), TSPDM_ERR_TIMEOUT);
	assert_text(&why, tspdm_listener_url(l),
		": connected, but the hello was not answered in time; is it an emulator's socket?");
	assert_null(t);
	tspdm_listener_close(l);
}

static void another_binding_is_told(void **state)
{
	(void)state;
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_listener *l = NULL;
	struct tspdm_transport *t = NULL;
	pthread_t thread;
	char url[300];

	assert_int_equal(tspdm_listener_open("emu+mctp://127.0.0.1:0", &l, NULL), TSPDM_OK);
	(void)snprintf(url, sizeof url, "emu+doe:%s", strchr(tspdm_listener_url(l), ':') + 1);
	assert_int_equal(pthread_create(&thread, NULL, echo, l), 0);
	assert_int_equal(tspdm_transport_open(url, NULL, &t, &why), TSPDM_ERR_CLOSED);
	assert_text(&why, url, ": the peer closed the connection during the hello; does it carry the same binding?");
	assert_int_equal(pthread_join(thread, NULL), 0);
	tspdm_listener_close(l);
}

/* ---- Socket files ---- */

#define FILE_PATH "test_stream.socket"

static void leave_stale_socket(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = FILE_PATH };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)unlink(FILE_PATH);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	close(fd);
}

static void a_stale_socket_file_is_replaced_and_removed(void **state)
{
	(void)state;
	struct tspdm_listener *l = NULL;

	leave_stale_socket();
	assert_int_equal(access(FILE_PATH, F_OK), 0);
	assert_int_equal(tspdm_listener_open("unix:" FILE_PATH, &l, NULL), TSPDM_OK);
	assert_string_equal(tspdm_listener_url(l), "unix:" FILE_PATH);
	tspdm_listener_close(l);
	assert_int_not_equal(access(FILE_PATH, F_OK), 0);
}

static void a_socket_file_in_use_is_left_alone(void **state)
{
	(void)state;
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_listener *l = NULL, *second = NULL;

	assert_int_equal(tspdm_listener_open("unix:" FILE_PATH, &l, NULL), TSPDM_OK);
	assert_int_equal(tspdm_listener_open("unix:" FILE_PATH, &second, &why), TSPDM_ERR_CONNECT);
	assert_text(&why, "unix:" FILE_PATH,
		": the address is in use; is another attester running? Else choose another port");
	assert_int_equal(access(FILE_PATH, F_OK), 0);
	tspdm_listener_close(l);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
	(void)state;
	struct tspdm_endpoint_error why = { "" };
	struct tspdm_listener *l = NULL;
	int fd = open(FILE_PATH, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(tspdm_listener_open("unix:" FILE_PATH, &l, &why), TSPDM_ERR_CONNECT);
	assert_text(&why, "unix:" FILE_PATH, ": the file is there and is no socket; choose another path");
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(symlink("/nonexistent", FILE_PATH), 0);
	assert_int_equal(tspdm_listener_open("unix:" FILE_PATH, &l, &why), TSPDM_ERR_CONNECT);
	assert_int_equal(unlink(FILE_PATH), 0);
}

static void the_file_of_a_successor_is_left_alone(void **state)
{
	(void)state;
	struct tspdm_listener *l = NULL;

	assert_int_equal(tspdm_listener_open("unix:" FILE_PATH, &l, NULL), TSPDM_OK);
	assert_int_equal(rename(FILE_PATH, FILE_PATH ".old"), 0);
	leave_stale_socket();
	tspdm_listener_close(l);
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(unlink(FILE_PATH ".old"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_goes_both_ways),
		cmocka_unit_test(pieces_and_pipelined_frames_are_put_in_order),
		cmocka_unit_test(a_silent_peer_times_out_and_may_speak_later),
		cmocka_unit_test(a_broken_frame_is_answered_and_ends_the_stream),
		cmocka_unit_test(a_peer_that_closes_is_told_as_such),
		cmocka_unit_test(writing_to_a_closed_peer_raises_no_signal),
		cmocka_unit_test(a_peer_that_does_not_read_times_out),
		cmocka_unit_test(a_message_too_large_for_the_frame_leaves_the_stream_whole),
		cmocka_unit_test(the_listener_answers_what_is_not_for_the_core),
		cmocka_unit_test(a_peer_that_only_chats_does_not_hold_a_receiver),
		cmocka_unit_test(options_that_are_not_known_are_refused),
		cmocka_unit_test(a_role_inquiry_and_discovery_are_dealt_with_in_the_opening),
		cmocka_unit_test(an_opening_that_goes_wrong_is_told),
		cmocka_unit_test(every_scheme_connects_to_its_listener),
		cmocka_unit_test(ipv6_stands_in_brackets),
		cmocka_unit_test(accept_says_again_when_none_is_waiting),
		cmocka_unit_test(nobody_there_is_told_with_advice),
		cmocka_unit_test(a_port_in_use_is_told_with_advice),
		cmocka_unit_test(a_listener_that_does_not_answer_the_hello_times_out),
		cmocka_unit_test(another_binding_is_told),
		cmocka_unit_test(a_stale_socket_file_is_replaced_and_removed),
		cmocka_unit_test(a_socket_file_in_use_is_left_alone),
		cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
		cmocka_unit_test(the_file_of_a_successor_is_left_alone),
	};
	char dir[] = "/tmp/tspdm-stream-XXXXXX";
	int failed = 0;

	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return chdir("/") == 0 && rmdir(dir) == 0 ? failed : 1;
}
