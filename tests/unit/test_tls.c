/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TLS under the frames: both ends in one thread where nothing may block, in two where the carrier does. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <tspdm/tls.h>

#include "framing_case.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PATIENCE_US = 20000000, /* for what must happen; no test takes that long */
	SHORT_US = 50000,       /* for what must not */
	ROUNDS = 1000,          /* of a dialogue; it takes a handful */
};

static struct tspdm_tls_context *new_context(bool is_server)
{
	const struct tspdm_tls_config config = { .size = sizeof config, .is_server = is_server };
	struct tspdm_tls_context *context = NULL;

	assert_int_equal(tspdm_tls_context_new(&config, &context, NULL), TSPDM_OK);
	return context;
}

/* Both ends of a connection, or one and a bare descriptor. */
struct rig {
	struct tspdm_tls_context *contexts[2];
	struct tspdm_tls *ends[2]; /* client, server */
	int fds[2];
};

static struct rig new_rig(bool has_client)
{
	struct rig rig = { .contexts = { new_context(false), new_context(true) } };

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, rig.fds), 0);
	if (has_client)
		assert_int_equal(tspdm_tls_new(rig.contexts[0], rig.fds[0], "host", &rig.ends[0]), TSPDM_OK);
	assert_int_equal(tspdm_tls_new(rig.contexts[1], rig.fds[1], NULL, &rig.ends[1]), TSPDM_OK);
	return rig;
}

static void free_rig(struct rig *rig)
{
	for (size_t i = 0; i < 2; i++) {
		tspdm_tls_free(rig->ends[i]);
		tspdm_tls_context_free(rig->contexts[i]);
		if (rig->fds[i] >= 0)
			close(rig->fds[i]);
	}
}

static void shake_hands(struct rig *rig)
{
	enum tspdm_status status[2] = { TSPDM_AGAIN, TSPDM_AGAIN };

	for (unsigned i = 0; i < ROUNDS && (status[0] != TSPDM_OK || status[1] != TSPDM_OK); i++) {
		short events = 0;

		status[i % 2] = tspdm_tls_handshake(rig->ends[i % 2], &events);
		assert_true(status[i % 2] == TSPDM_OK || (status[i % 2] == TSPDM_AGAIN && events == POLLIN));
	}
	assert_int_equal(status[0], TSPDM_OK);
	assert_int_equal(status[1], TSPDM_OK);
}

/* ---- The value of a channel ---- */

static void both_ends_have_the_same_channel_and_no_other_connection_has(void **state)
{
	(void)state;
	uint8_t channels[4][TSPDM_CHANNEL_LEN];
	static const uint8_t zeros[TSPDM_CHANNEL_LEN];

	for (size_t i = 0; i < 2; i++) {
		struct rig rig = new_rig(true);

		assert_int_equal(tspdm_tls_channel(rig.ends[0], channels[0]), TSPDM_ERR_STATE);
		assert_memory_equal(channels[0], zeros, sizeof zeros);
		shake_hands(&rig);
		assert_int_equal(tspdm_tls_channel(rig.ends[0], channels[2 * i]), TSPDM_OK);
		assert_int_equal(tspdm_tls_channel(rig.ends[1], channels[2 * i + 1]), TSPDM_OK);
		assert_memory_equal(channels[2 * i], channels[2 * i + 1], TSPDM_CHANNEL_LEN);
		assert_memory_not_equal(channels[2 * i], zeros, sizeof zeros);
		free_rig(&rig);
	}
	assert_memory_not_equal(channels[0], channels[2], TSPDM_CHANNEL_LEN);
}

/* ---- Bytes ---- */

static enum tspdm_status read_soon(struct tspdm_tls *tls, struct tspdm_buffer *in)
{
	short events = 0;
	enum tspdm_status status = TSPDM_AGAIN;

	for (unsigned i = 0; i < ROUNDS && status == TSPDM_AGAIN; i++)
		status = tspdm_tls_read(tls, in, &events);
	return status;
}

static void what_is_written_is_read_however_it_is_cut(void **state)
{
	(void)state;
	static uint8_t sent[100000], got[sizeof sent + 7];
	struct rig rig = new_rig(true);
	struct tspdm_view left = { sent, sizeof sent };
	struct tspdm_buffer in = { got, 0, 0 };

	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 7 + (i >> 8));
	shake_hands(&rig);
	while (in.len < sizeof sent) {
		short events = 0;
		enum tspdm_status status = tspdm_tls_write(rig.ends[0], &left, &events);

		assert_true(status == TSPDM_OK || (status == TSPDM_AGAIN && events == POLLOUT));
		in.cap = in.len + 4099 < sizeof got ? in.len + 4099 : sizeof got;
		status = tspdm_tls_read(rig.ends[1], &in, &events);
		assert_true(status == TSPDM_OK || (status == TSPDM_AGAIN && tspdm_tls_pending(rig.ends[1]) == 0));
	}
	assert_int_equal(left.len, 0);
	assert_memory_equal(sent, got, sizeof sent);
	in.cap = in.len;
	assert_int_equal(tspdm_tls_read(rig.ends[1], &in, &(short){ 0 }), TSPDM_ERR_BUFFER);
	free_rig(&rig);
}

static void a_writer_waits_for_a_reader_that_does_not_read(void **state)
{
	(void)state;
	static uint8_t sent[4000000];
	struct rig rig = new_rig(true);
	struct tspdm_view left = { sent, sizeof sent };
	enum tspdm_status status = TSPDM_OK;
	short events = 0;

	shake_hands(&rig);
	while (status == TSPDM_OK && left.len != 0)
		status = tspdm_tls_write(rig.ends[0], &left, &events);
	assert_int_equal(status, TSPDM_AGAIN);
	assert_int_equal(events, POLLOUT);
	free_rig(&rig);
}

/* ---- Ends ---- */

static void an_orderly_end_is_told_from_a_stream_that_was_cut_off(void **state)
{
	(void)state;
	for (unsigned is_cut = 0; is_cut < 2; is_cut++) {
		uint8_t room[16];
		struct tspdm_buffer in = { room, sizeof room, 0 };
		struct rig rig = new_rig(true);

		shake_hands(&rig);
		if (!is_cut) {
			tspdm_tls_free(rig.ends[0]);
			rig.ends[0] = NULL;
		}
		assert_int_equal(shutdown(rig.fds[0], SHUT_WR), 0);
		assert_int_equal(read_soon(rig.ends[1], &in), is_cut ? TSPDM_ERR_TLS : TSPDM_ERR_CLOSED);
		assert_int_equal(in.len, 0);
		if (is_cut) {
			assert_non_null(strstr(tspdm_tls_error(rig.ends[1]), "cut off"));
			assert_int_equal(read_soon(rig.ends[1], &in), TSPDM_ERR_STATE);
		}
		free_rig(&rig);
	}
}

/* No handler of SIGPIPE is set here: the signal would end the test. */
static void a_peer_that_is_gone_is_no_signal(void **state)
{
	(void)state;
	struct rig rig = new_rig(true);
	static const uint8_t bytes[100];
	struct tspdm_view left = { bytes, sizeof bytes };
	short events = 0;

	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	shake_hands(&rig);
	close(rig.fds[1]);
	rig.fds[1] = -1;
	assert_int_equal(tspdm_tls_write(rig.ends[0], &left, &events), TSPDM_ERR_CLOSED);
	free_rig(&rig);
}

static void what_is_no_client_hello_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = { "0600010510840000", "474554202F20485454502F312E310D0A0D0A",
		"1603010005FF00000100", "160301000401000000", "15030300020228", "17030300050102030405" };

	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes b = hex(rows[i]);
		struct rig rig = new_rig(false);
		short events = 0;

		assert_int_equal(write(rig.fds[0], b.at, b.len), (ssize_t)b.len);
		if (tspdm_tls_handshake(rig.ends[1], &events) != TSPDM_ERR_TLS)
			fail_msg("%s", rows[i]);
		assert_true(tspdm_tls_error(rig.ends[1])[0] != '\0');
		assert_int_equal(tspdm_tls_handshake(rig.ends[1], &events), TSPDM_ERR_STATE);
		free_rig(&rig);
	}
}

static void a_part_of_a_hello_is_waited_for(void **state)
{
	(void)state;
	struct bytes b = hex("160301");
	struct rig rig = new_rig(false);
	short events = 0;

	assert_int_equal(write(rig.fds[0], b.at, b.len), (ssize_t)b.len);
	assert_int_equal(tspdm_tls_handshake(rig.ends[1], &events), TSPDM_AGAIN);
	assert_int_equal(events, POLLIN);
	assert_int_equal(shutdown(rig.fds[0], SHUT_WR), 0);
	assert_int_equal(tspdm_tls_handshake(rig.ends[1], &events), TSPDM_ERR_TLS);
	free_rig(&rig);
}

/* ---- Configurations ---- */

static void what_cannot_be_a_context_is_refused(void **state)
{
	(void)state;
	const uint8_t text[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	const struct tspdm_view bad = { text, sizeof text - 1 }, none = { NULL, 0 };
	struct {
		const char *name;
		struct tspdm_tls_config config;
		enum tspdm_status status;
	} rows[] = {
		{ "a key alone", { .size = sizeof rows[0].config, .key = bad }, TSPDM_ERR_ARGUMENT },
		{ "a certificate alone", { .size = sizeof rows[0].config, .certificate = bad }, TSPDM_ERR_ARGUMENT },
		{ "no certificate", { .size = sizeof rows[0].config, .certificate = bad, .key = bad },
			TSPDM_ERR_CHAIN_FORM },
		{ "no root", { .size = sizeof rows[0].config, .trust = bad }, TSPDM_ERR_CHAIN_FORM },
		{ "no size", { .trust = none }, TSPDM_ERR_ARGUMENT },
		{ "a later field", { .size = sizeof rows[0].config, .reserved = { 0, 1 } }, TSPDM_ERR_UNSUPPORTED },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct tspdm_endpoint_error why;
		struct tspdm_tls_context *context = NULL;

		if (tspdm_tls_context_new(&rows[i].config, &context, &why) != rows[i].status)
			fail_msg("%s", rows[i].name);
		assert_null(context);
	}
	tspdm_tls_context_free(NULL);
	tspdm_tls_free(NULL);
}

/* ---- The carrier ---- */

struct peer {
	struct tspdm_tls_context *context;
	int fd;
	enum tspdm_status status;
	uint8_t channel[TSPDM_CHANNEL_LEN];
};

/* Answers one message with itself. */
static void *echo(void *context)
{
	struct peer *p = context;
	const struct tspdm_transport_options options = {
		.size = sizeof options, .tls = p->context, .timeout_us = PATIENCE_US
	};
	uint64_t deadline_us = tspdm_now_us() + PATIENCE_US;
	struct tspdm_transport *t = NULL;
	struct tspdm_view message = { 0 };
	enum tspdm_message_kind kind = TSPDM_KIND_PLAIN;

	p->status = tspdm_transport_from_fd(p->fd, &tspdm_framing_dsp0287, true, &options, &t);
	if (p->status != TSPDM_OK) {
		close(p->fd);
		return NULL;
	}
	p->status = tspdm_transport_channel(t, p->channel);
	if (p->status == TSPDM_OK)
		p->status = t->ops->receive(t, &kind, &message, deadline_us);
	if (p->status == TSPDM_OK)
		p->status = t->ops->send(t, kind, message, deadline_us);
	if (p->status == TSPDM_OK)
		p->status = t->ops->receive(t, &kind, &message, deadline_us);
	tspdm_transport_close(t);
	return NULL;
}

static void the_carrier_does_it_all_by_itself(void **state)
{
	(void)state;
	static uint8_t bytes[60000];
	struct peer peer = { .context = new_context(true) };
	const struct tspdm_transport_options options = { .size = sizeof options, .tls = new_context(false) };
	uint8_t channel[TSPDM_CHANNEL_LEN];
	struct tspdm_transport *t = NULL;
	struct tspdm_view message = { 0 };
	enum tspdm_message_kind kind = TSPDM_KIND_PLAIN;
	pthread_t thread;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	peer.fd = fds[1];
	assert_int_equal(pthread_create(&thread, NULL, echo, &peer), 0);
	assert_int_equal(tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, false, &options, &t), TSPDM_OK);
	assert_int_equal(tspdm_transport_channel(t, channel), TSPDM_OK);
	memset(bytes, 0x5A, sizeof bytes);
	assert_int_equal(
		t->ops->send(t, TSPDM_KIND_SECURED, (struct tspdm_view){ bytes, sizeof bytes }, UINT64_MAX), TSPDM_OK);
	assert_int_equal(t->ops->receive(t, &kind, &message, tspdm_now_us() + PATIENCE_US), TSPDM_OK);
	assert_int_equal(kind, TSPDM_KIND_SECURED);
	assert_int_equal(message.len, sizeof bytes);
	assert_memory_equal(message.ptr, bytes, sizeof bytes);
	assert_int_equal(t->ops->receive(t, &kind, &message, tspdm_now_us()), TSPDM_ERR_TIMEOUT);
	tspdm_transport_close(t);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(peer.status, TSPDM_ERR_CLOSED);
	assert_memory_equal(channel, peer.channel, sizeof channel);
	tspdm_tls_context_free(options.tls);
	tspdm_tls_context_free(peer.context);
}

static void a_handshake_has_its_time(void **state)
{
	(void)state;
	for (unsigned is_listener = 0; is_listener < 2; is_listener++) {
		const struct tspdm_transport_options options = {
			.size = sizeof options, .tls = new_context(is_listener != 0), .timeout_us = SHORT_US
		};
		struct tspdm_transport *t = NULL;
		int fds[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_int_equal(
			tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, is_listener != 0, &options, &t),
			TSPDM_ERR_TIMEOUT);
		assert_null(t);
		assert_int_equal(close(fds[0]), 0); /* it is ours still */
		close(fds[1]);
		tspdm_tls_context_free(options.tls);
	}
}

static void transports_without_a_channel_say_so(void **state)
{
	(void)state;
	uint8_t channel[TSPDM_CHANNEL_LEN];
	struct tspdm_transport *ends[2], *t = NULL;
	int fds[2];

	assert_int_equal(tspdm_loopback_pair(&tspdm_binding_tcp, ends), TSPDM_OK);
	assert_int_equal(tspdm_transport_channel(ends[0], channel), TSPDM_ERR_UNSUPPORTED);
	tspdm_transport_close(ends[0]);
	tspdm_transport_close(ends[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, false, NULL, &t), TSPDM_OK);
	assert_int_equal(tspdm_transport_channel(t, channel), TSPDM_ERR_UNSUPPORTED);
	assert_int_equal(tspdm_transport_channel(t, NULL), TSPDM_ERR_ARGUMENT);
	tspdm_transport_close(t);
	close(fds[1]);
}

/* Who was built against a header without the entry has a shorter vtable, and rubbish behind it. */
static void a_vtable_of_an_older_header_has_no_channel(void **state)
{
	(void)state;
	struct tspdm_transport_ops old = { .size = offsetof(struct tspdm_transport_ops, channel) };
	struct tspdm_transport t = { .ops = &old };
	uint8_t channel[TSPDM_CHANNEL_LEN];

	memset((uint8_t *)&old + old.size, 0xA5, sizeof old - old.size);
	assert_int_equal(tspdm_transport_channel(&t, channel), TSPDM_ERR_UNSUPPORTED);
}

static void options_of_an_older_header_are_taken(void **state)
{
	(void)state;
	struct tspdm_transport_options options = { .size = offsetof(struct tspdm_transport_options, tls) };
	struct tspdm_transport *t = NULL;
	int fds[2];

	memset((uint8_t *)&options + options.size, 0xA5, sizeof options - options.size);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, true, &options, &t), TSPDM_OK);
	tspdm_transport_close(t);
	close(fds[1]);
}

/* ---- Roles ---- */

static void a_responder_may_connect_and_a_requester_listen(void **state)
{
	(void)state;
	static const uint8_t get_version[] = { 0x10, 0x84, 0, 0 };
	const struct tspdm_transport_options options = {
		.size = sizeof options, .is_swapped = true, .timeout_us = PATIENCE_US
	};
	struct tspdm_transport *responder = NULL, *requester = NULL;
	struct tspdm_view message = { get_version, sizeof get_version };
	enum tspdm_message_kind kind = TSPDM_KIND_SECURED;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(
		tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, false, &options, &responder), TSPDM_OK);
	assert_int_equal(tspdm_transport_from_fd(fds[1], &tspdm_framing_dsp0287, true, &options, &requester), TSPDM_OK);
	assert_int_equal(requester->ops->send(requester, TSPDM_KIND_PLAIN, message, UINT64_MAX), TSPDM_OK);
	assert_int_equal(responder->ops->receive(responder, &kind, &message, tspdm_now_us() + PATIENCE_US), TSPDM_OK);
	assert_int_equal(kind, TSPDM_KIND_PLAIN);
	assert_int_equal(message.len, sizeof get_version);
	tspdm_transport_close(responder);
	tspdm_transport_close(requester);
}

/* The one that listens says why, and it reaches the one that connected. */
static void two_requesters_part_with_an_error(void **state)
{
	(void)state;
	static const uint8_t get_version[] = { 0x10, 0x84, 0, 0 };
	const struct tspdm_transport_options swapped = {
		.size = sizeof swapped, .is_swapped = true, .timeout_us = PATIENCE_US
	};
	struct tspdm_transport *one = NULL, *other = NULL;
	struct tspdm_view message = { get_version, sizeof get_version };
	enum tspdm_message_kind kind = TSPDM_KIND_PLAIN;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(tspdm_transport_from_fd(fds[0], &tspdm_framing_dsp0287, false, NULL, &one), TSPDM_OK);
	assert_int_equal(one->ops->send(one, TSPDM_KIND_PLAIN, message, UINT64_MAX), TSPDM_OK);
	assert_int_equal(
		tspdm_transport_from_fd(fds[1], &tspdm_framing_dsp0287, true, &swapped, &other), TSPDM_ERR_FRAME);
	assert_null(other);
	close(fds[1]);
	assert_int_equal(
		one->ops->receive(one, &kind, &message, tspdm_now_us() + PATIENCE_US), TSPDM_ERR_FRAME_REFUSED);
	tspdm_transport_close(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_have_the_same_channel_and_no_other_connection_has),
		cmocka_unit_test(what_is_written_is_read_however_it_is_cut),
		cmocka_unit_test(a_writer_waits_for_a_reader_that_does_not_read),
		cmocka_unit_test(an_orderly_end_is_told_from_a_stream_that_was_cut_off),
		cmocka_unit_test(a_peer_that_is_gone_is_no_signal),
		cmocka_unit_test(what_is_no_client_hello_is_refused),
		cmocka_unit_test(a_part_of_a_hello_is_waited_for),
		cmocka_unit_test(what_cannot_be_a_context_is_refused),
		cmocka_unit_test(the_carrier_does_it_all_by_itself),
		cmocka_unit_test(a_handshake_has_its_time),
		cmocka_unit_test(transports_without_a_channel_say_so),
		cmocka_unit_test(a_vtable_of_an_older_header_has_no_channel),
		cmocka_unit_test(options_of_an_older_header_are_taken),
		cmocka_unit_test(a_responder_may_connect_and_a_requester_listen),
		cmocka_unit_test(two_requesters_part_with_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
