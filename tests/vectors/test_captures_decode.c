/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The recorded traffic of another implementation, and a worked session of an independent script, through the codecs of
 * <tspdm/session_messages.h>: each message in the clear is read to its last byte and written again the same, with what it
 * carries, encapsulated or in chunks. Sizes come from the connection's own CAPABILITIES and ALGORITHMS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../../fuzz/wire_copy.h"
#include "../unit/wire_case.h"
#include "capture.h"

/* What a connection's messages tell of the next ones. */
struct connection {
	const char *name;
	uint32_t requester_flags, responder_flags;
	struct tspdm_algorithms algorithms;
	uint8_t hash_len, summary_type;
	uint16_t signature_len, requester_signature_len;
	uint16_t request_exchange_len, response_exchange_len;
	bool is_signed;
	uint8_t offered_params; /* OtherParamsSupport */
	struct tspdm_supported_versions offer;
	uint8_t offered[TSPDM_OPAQUE_MAX];
	uint8_t large[1 << 20]; /* a message in chunks, as far as it has come */
	size_t large_len, large_size;
	uint32_t next_chunk;
	unsigned messages[256], whole[256]; /* seen; read and written again */
	unsigned agreements;
};

enum { MULTI_KEY_CONN = 0x10 }; /* of OtherParams */

static json_t *expected;

static void learn_algorithms(struct connection *c)
{
	/* DSP0274 1.4 "ML-KEM": encapsulation key, ciphertext */
	static const uint16_t kem[][2] = { { 800, 768 }, { 1184, 1088 }, { 1568, 1568 } };
	const struct tspdm_algorithms *a = &c->algorithms;
	const uint16_t *table = a->tables.supported;

	assert_int_equal(a->pqc_asym | table[TSPDM_ALG_REQ_PQC_ASYM], 0); /* nobody recorded that yet */
	c->hash_len = (uint8_t)tspdm_algorithm_size(TSPDM_KIND_HASH, a->base_hash);
	c->signature_len = (uint16_t)tspdm_algorithm_size(TSPDM_KIND_ASYM, a->base_asym);
	c->requester_signature_len = (uint16_t)tspdm_algorithm_size(TSPDM_KIND_ASYM, table[TSPDM_ALG_REQ_ASYM]);
	c->request_exchange_len = (uint16_t)tspdm_algorithm_size(TSPDM_KIND_DHE, table[TSPDM_ALG_DHE]);
	c->response_exchange_len = c->request_exchange_len;
	for (size_t i = 0; i < COUNT(kem); i++)
		if (table[TSPDM_ALG_KEM] == 1U << i) {
			c->request_exchange_len = kem[i][0];
			c->response_exchange_len = kem[i][1];
		}
}

static void learn(struct connection *c, struct tspdm_view message)
{
	struct tspdm_shape shape = { .version = message.ptr[0] };
	struct tspdm_capabilities capabilities;
	struct tspdm_negotiate_algorithms offer;
	size_t used;

	switch (message.ptr[1]) {
	case TSPDM_GET_CAPABILITIES:
		assert_int_equal(tspdm_read_get_capabilities(message, &shape, &capabilities, &used), TSPDM_OK);
		c->requester_flags = capabilities.flags;
		break;
	case TSPDM_CAPABILITIES:
		assert_int_equal(tspdm_read_capabilities(message, &shape, &capabilities, &used), TSPDM_OK);
		c->responder_flags = capabilities.flags;
		break;
	case TSPDM_NEGOTIATE_ALGORITHMS:
		assert_int_equal(tspdm_read_negotiate_algorithms(message, &shape, &offer, &used), TSPDM_OK);
		c->offered_params = offer.other_params;
		break;
	case TSPDM_ALGORITHMS:
		assert_int_equal(tspdm_read_algorithms(message, &shape, &c->algorithms, &used), TSPDM_OK);
		learn_algorithms(c);
		break;
	case TSPDM_KEY_EXCHANGE:
	case TSPDM_PSK_EXCHANGE:
		c->summary_type = message.ptr[2];
		break;
	case TSPDM_CHALLENGE:
		c->summary_type = message.ptr[3];
		break;
	case TSPDM_GET_MEASUREMENTS:
		c->is_signed = (message.ptr[2] & 1) != 0;
		break;
	}
}

/* MULTI_KEY_CONN of the side that sends: each side's is asked for by the other. */
static bool has_multi_key(const struct connection *c, bool is_ours)
{
	uint32_t flags = (is_ours ? c->requester_flags : c->responder_flags) & TSPDM_CAP_MULTI_KEY_MASK;
	uint8_t params = is_ours ? c->algorithms.other_params : c->offered_params;

	return flags == TSPDM_CAP_MULTI_KEY_ONLY ||
	       (flags == TSPDM_CAP_MULTI_KEY_NEGOTIABLE && (params & MULTI_KEY_CONN) != 0);
}

/* @param is_ours  the requester sent it, or has it sent inside its own */
static struct tspdm_shape shape_in(const struct connection *c, uint8_t version, bool is_ours)
{
	return (struct tspdm_shape){
		.version = version,
		.hash_len = c->hash_len,
		.summary_hash_len = c->summary_type != 0 && !is_ours && (c->responder_flags & TSPDM_CAP_MEAS_MASK) != 0
					    ? c->hash_len
					    : 0,
		.signature_len = is_ours ? c->requester_signature_len : c->signature_len,
		.is_signed = c->is_signed,
		.multi_key = has_multi_key(c, is_ours),
		.exchange_data_len = is_ours ? c->request_exchange_len : c->response_exchange_len,
	};
}

/* A handshake in the clear: no verify data in KEY_EXCHANGE_RSP, and in FINISH_RSP instead. */
static bool has_verify_data(const struct connection *c, uint8_t code)
{
	bool in_the_clear = (c->requester_flags & c->responder_flags & TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR) != 0;

	return code == TSPDM_KEY_EXCHANGE_RSP ? !in_the_clear : in_the_clear;
}

static bool is_offered(const struct connection *c, uint16_t version)
{
	for (unsigned i = 0; i < c->offer.count; i++)
		if (tspdm_supported_version(&c->offer, i) == version)
			return true;
	return false;
}

static void take_offer(struct connection *c, struct tspdm_view opaque, const struct tspdm_shape *shape)
{
	memcpy(c->offered, opaque.ptr, opaque.len);
	opaque.ptr = c->offered;
	assert_status(tspdm_read_supported_versions(opaque, shape, &c->offer), TSPDM_OK, c->name);
}

static void take_selection(struct connection *c, struct tspdm_view opaque, const struct tspdm_shape *shape)
{
	struct tspdm_selected_version selection;

	assert_status(tspdm_read_selected_version(opaque, shape, &selection), TSPDM_OK, c->name);
	assert_true(is_offered(c, selection.version));
	c->agreements++;
}

static void follow_agreement(struct connection *c, struct tspdm_view message, const struct tspdm_shape *shape)
{
	struct tspdm_key_exchange request;
	struct tspdm_key_exchange_rsp response;
	struct tspdm_psk_exchange psk_request;
	struct tspdm_psk_exchange_rsp psk_response;
	size_t used;

	if (tspdm_read_key_exchange(message, shape, &request, &used) == TSPDM_OK)
		take_offer(c, request.opaque, shape);
	if (tspdm_read_psk_exchange(message, shape, &psk_request, &used) == TSPDM_OK)
		take_offer(c, psk_request.opaque, shape);
	if (tspdm_read_key_exchange_rsp(message, shape, &response, &used) == TSPDM_OK)
		take_selection(c, response.opaque, shape);
	if (tspdm_read_psk_exchange_rsp(message, shape, &psk_response, &used) == TSPDM_OK)
		take_selection(c, psk_response.opaque, shape);
}

static void look(struct connection *c, bool is_ours, struct tspdm_view message);

static void take_chunk(struct connection *c, bool is_ours, struct tspdm_view message, const struct tspdm_shape *shape)
{
	struct tspdm_chunk chunk;
	size_t used;

	if (tspdm_read_chunk_send(message, shape, &chunk, &used) != TSPDM_OK &&
		tspdm_read_chunk_response(message, shape, &chunk, &used) != TSPDM_OK)
		return;
	if (chunk.sequence == 0) {
		c->large_len = 0;
		c->large_size = chunk.message_size;
		c->next_chunk = 0;
	}
	assert_int_equal(chunk.sequence, c->next_chunk++);
	assert_true(chunk.bytes.len <= sizeof c->large - c->large_len);
	memcpy(c->large + c->large_len, chunk.bytes.ptr, chunk.bytes.len);
	c->large_len += chunk.bytes.len;
	assert_true(c->large_len <= c->large_size);
	assert_int_equal(chunk.is_last, c->large_len == c->large_size);
	if (chunk.is_last)
		look(c, is_ours, (struct tspdm_view){ c->large, c->large_len });
}

/* What is in an encapsulated request comes from the responder, and what is delivered from the requester: as outside. */
static void take_inner(struct connection *c, bool is_ours, struct tspdm_view message, const struct tspdm_shape *shape)
{
	struct tspdm_encapsulated carrier;
	struct tspdm_encapsulated_ack ack;
	struct tspdm_chunk_send_ack chunk_ack;
	size_t used;

	if (tspdm_read_encapsulated_request(message, shape, &carrier, &used) == TSPDM_OK ||
		tspdm_read_deliver_encapsulated(message, shape, &carrier, &used) == TSPDM_OK)
		look(c, is_ours, carrier.message);
	if (tspdm_read_encapsulated_ack(message, shape, &ack, &used) == TSPDM_OK && ack.message.len != 0)
		look(c, is_ours, ack.message);
	if (tspdm_read_chunk_send_ack(message, shape, &chunk_ack, &used) == TSPDM_OK && chunk_ack.response.len != 0)
		look(c, is_ours, chunk_ack.response);
}

/* Read to the last byte but padding, and written the same but for reserved bits. */
static void copy_whole(struct connection *c, struct tspdm_view message, const struct tspdm_shape *shape)
{
	const struct copier *copier = copier_of(message.ptr[1]);
	const char *name = tspdm_code_name(message.ptr[1]);
	uint8_t *copy, *clean;
	struct tspdm_buffer out;
	size_t used = 0;

	copy = malloc(message.len);
	assert_non_null(copy);
	out = (struct tspdm_buffer){ copy, message.len, 0 };
	assert_status(copier->copy(message, shape, &out, &used), TSPDM_OK, name);
	if (message.len - used > 3)
		fail_msg("%s: %s: %zu bytes left", c->name, name, message.len - used);
	for (size_t i = used; i < message.len; i++)
		assert_int_equal(message.ptr[i], 0);
	clean = copy_of(message.ptr, used);
	clear_reserved(clean, used, shape->version);
	if (out.len != used || memcmp(copy, clean, used) != 0)
		fail_msg("%s: %s: written otherwise", c->name, name);
	free(clean);
	free(copy);
	c->whole[message.ptr[1]]++;
}

static void look(struct connection *c, bool is_ours, struct tspdm_view message)
{
	struct tspdm_shape shape;

	assert_true(message.len >= 4);
	c->messages[message.ptr[1]]++;
	learn(c, message);
	if (copier_of(message.ptr[1]) == NULL)
		return;
	shape = shape_in(c, message.ptr[0], is_ours);
	shape.has_verify_data = has_verify_data(c, message.ptr[1]);
	copy_whole(c, message, &shape);
	follow_agreement(c, message, &shape);
	take_inner(c, is_ours, message, &shape);
	take_chunk(c, is_ours, message, &shape);
}

static void see(void *context, bool is_request, struct tspdm_view message)
{
	look(context, is_request, message);
}

/* Messages that no session carries are all in the clear, so their counts must be those of the other decoder. */
static void compare(const struct connection *c, json_t *capture)
{
	static const uint8_t codes[] = { TSPDM_KEY_EXCHANGE, TSPDM_KEY_EXCHANGE_RSP, TSPDM_PSK_EXCHANGE,
		TSPDM_PSK_EXCHANGE_RSP };

	for (size_t i = 0; i < COUNT(codes); i++) {
		json_t *count = json_object_get(json_object_get(capture, "messages"), tspdm_code_name(codes[i]));

		if (c->whole[codes[i]] != (unsigned)json_integer_value(count))
			fail_msg("%s: %u %s", c->name, c->whole[codes[i]], tspdm_code_name(codes[i]));
	}
	assert_int_equal(c->agreements, c->messages[TSPDM_KEY_EXCHANGE_RSP] + c->messages[TSPDM_PSK_EXCHANGE_RSP]);
}

static const uint8_t family[] = { TSPDM_KEY_EXCHANGE, TSPDM_KEY_EXCHANGE_RSP, TSPDM_FINISH, TSPDM_FINISH_RSP,
	TSPDM_PSK_EXCHANGE, TSPDM_PSK_EXCHANGE_RSP, TSPDM_PSK_FINISH, TSPDM_PSK_FINISH_RSP,
	TSPDM_GET_ENCAPSULATED_REQUEST, TSPDM_ENCAPSULATED_REQUEST, TSPDM_DELIVER_ENCAPSULATED_RESPONSE,
	TSPDM_ENCAPSULATED_RESPONSE_ACK, TSPDM_CHUNK_SEND, TSPDM_CHUNK_SEND_ACK, TSPDM_CHUNK_GET, TSPDM_CHUNK_RESPONSE,
	TSPDM_GET_CSR, TSPDM_CSR, TSPDM_SET_CERTIFICATE, TSPDM_SET_CERTIFICATE_RSP };

static void every_message_in_the_clear_is_read_to_its_last_byte(void **state)
{
	struct connection *c = malloc(sizeof *c);
	unsigned seen[256] = { 0 };
	const char *name;
	json_t *capture;

	(void)state;
	assert_non_null(c);
	if (expected == NULL) {
		free(c);
		print_message("# SKIP no recorded traffic in %s\n", TSPDM_SHARED_DIR);
		skip();
	}
	json_object_foreach(expected, name, capture)
	{
		char path[512];

		memset(c, 0, sizeof *c);
		c->name = name;
		snprintf(path, sizeof path, "%s/vectors/captures/%s.pcap", TSPDM_SHARED_DIR, name);
		capture_walk(path, see, c);
		compare(c, capture);
		for (size_t i = 0; i < COUNT(family); i++)
			seen[family[i]] += c->whole[family[i]];
	}
	for (size_t i = 0; i < COUNT(family); i++)
		printf("# %4u %s\n", seen[family[i]], tspdm_code_name(family[i]));
	assert_true(seen[TSPDM_KEY_EXCHANGE] >= 50 && seen[TSPDM_KEY_EXCHANGE] == seen[TSPDM_KEY_EXCHANGE_RSP]);
	assert_true(seen[TSPDM_PSK_EXCHANGE] >= 10 && seen[TSPDM_PSK_EXCHANGE] == seen[TSPDM_PSK_EXCHANGE_RSP]);
	assert_true(seen[TSPDM_FINISH] >= 50 && seen[TSPDM_FINISH] == seen[TSPDM_FINISH_RSP]);
	assert_true(seen[TSPDM_DELIVER_ENCAPSULATED_RESPONSE] >= 100);
	assert_true(seen[TSPDM_CSR] >= 50 && seen[TSPDM_SET_CERTIFICATE] >= 50);
	free(c);
}

/* DSP0274 1.2, P-256, SHA-256, secp256r1, without a summary, handshake encrypted. */
static void the_worked_session_is_written_as_it_was_read(void **state)
{
	static const char *const names[] = { "KEY_EXCHANGE", "KEY_EXCHANGE_RSP", "FINISH", "FINISH_RSP" };
	struct tspdm_shape shape = {
		.version = TSPDM_V12, .hash_len = 32, .signature_len = 64, .is_exact = true, .exchange_data_len = 64
	};
	json_t *vectors = json_load_file(TSPDM_SHARED_DIR "/vectors/key-schedule.json", 0, NULL);
	json_t *session = json_object_get(vectors, "full_session_example");

	(void)state;
	if (vectors == NULL) {
		print_message("# SKIP no vectors in %s\n", TSPDM_SHARED_DIR);
		skip();
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		struct tspdm_view message = message_of(json_string_value(json_object_get(session, names[i])));
		uint8_t bytes[1024];
		struct tspdm_buffer out = { bytes, sizeof bytes, 0 };
		size_t used = 0;

		assert_string_equal(tspdm_code_name(message.ptr[1]), names[i]);
		shape.has_verify_data = message.ptr[1] == TSPDM_KEY_EXCHANGE_RSP;
		assert_status(copier_of(message.ptr[1])->copy(message, &shape, &out, &used), TSPDM_OK, names[i]);
		assert_int_equal(out.len, message.len);
		assert_memory_equal(bytes, message.ptr, message.len);
		free((void *)message.ptr);
	}
	json_decref(vectors);
}

static int open_all(void **state)
{
	(void)state;
	expected = json_load_file(TSPDM_SHARED_DIR "/tools/captures-expected.json", 0, NULL);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	json_decref(expected);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_in_the_clear_is_read_to_its_last_byte),
		cmocka_unit_test(the_worked_session_is_written_as_it_was_read),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
