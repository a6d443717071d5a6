/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reads any message of <tspdm/message.h> and <tspdm/session_messages.h> and writes again what was read: for the harnesses wire_*.c and for the unit tests
 * of the codecs. What comes out is what went in, but for reserved bits, which are written as zero: the table below tells
 * them, so that the rest is compared bit by bit. */
#ifndef TSPDM_FUZZ_WIRE_COPY_H
#define TSPDM_FUZZ_WIRE_COPY_H

#include <stdlib.h>
#include <string.h>

#include <tspdm/message.h>

#include "wire_copy_session.h"

typedef enum tspdm_status copy_function(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used);

/* Requests that are a header only. */
static enum tspdm_status copy_header(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)
{
	struct tspdm_header m;

	(void)shape;
	TSPDM_TRY(tspdm_read_header(message, &m));
	*used = 4;
	return tspdm_write_header(out, &m);
}

/* The writer takes a set of versions: written in descending order, each once, with no update or alpha number. */
static enum tspdm_status copy_version(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)
{
	struct tspdm_version_response m;
	uint32_t versions = 0;

	(void)shape;
	TSPDM_TRY(tspdm_read_version(message, &m, used));
	for (unsigned i = 0; i < m.entry_count; i++)
		versions |= TSPDM_VERSION_BIT(tspdm_version_entry(&m, i) >> 8);
	return tspdm_write_version(out, versions);
}

#define COPY_FUNCTION(name)                                                                                            \
	static enum tspdm_status copy_##name(                                                                          \
		struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)    \
	{                                                                                                              \
		struct tspdm_##name m;                                                                                 \
                                                                                                                       \
		TSPDM_TRY(tspdm_read_##name(message, shape, &m, used));                                                \
		return tspdm_write_##name(out, shape, &m);                                                             \
	}

COPY_FUNCTION(negotiate_algorithms)
COPY_FUNCTION(algorithms)
COPY_FUNCTION(digests)
COPY_FUNCTION(get_certificate)
COPY_FUNCTION(certificate)
COPY_FUNCTION(challenge)
COPY_FUNCTION(challenge_auth)
COPY_FUNCTION(get_measurements)
COPY_FUNCTION(capabilities)

static enum tspdm_status copy_get_capabilities(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)
{
	struct tspdm_capabilities m;

	TSPDM_TRY(tspdm_read_get_capabilities(message, shape, &m, used));
	return tspdm_write_get_capabilities(out, shape, &m);
}

/* Block by block: tspdm_next_block() takes the record apart as far as it is well formed, tspdm_write_block() makes each
 * block of the DMTF specification again. */
static void check_record(struct tspdm_view record)
{
	struct tspdm_measurement_block block;

	while (tspdm_next_block(&record, &block) == TSPDM_OK) {
		struct tspdm_buffer w = { malloc(block.whole.len), block.whole.len, 0 };

		if (block.whole.len != 4 + block.measurement.len || w.ptr == NULL)
			abort();
		if (block.specification == TSPDM_MEASUREMENT_SPEC_DMTF &&
			(tspdm_write_block(&w, block.index, block.type, block.value) != TSPDM_OK || w.len != w.cap ||
				memcmp(w.ptr, block.whole.ptr, w.len) != 0))
			abort();
		free(w.ptr);
	}
}

static enum tspdm_status copy_measurements(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)
{
	struct tspdm_measurements m;

	TSPDM_TRY(tspdm_read_measurements(message, shape, &m, used));
	check_record(m.record);
	return tspdm_write_measurements(out, shape, &m);
}

static enum tspdm_status copy_vendor_defined(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)
{
	struct tspdm_vendor_defined m;
	struct tspdm_header header;

	TSPDM_TRY(tspdm_read_header(message, &header));
	TSPDM_TRY(tspdm_read_vendor_defined(message, shape, &m, used));
	return tspdm_write_vendor_defined(out, shape, header.code, &m);
}

static enum tspdm_status copy_error(
	struct tspdm_view message, const struct tspdm_shape *shape, struct tspdm_buffer *out, size_t *used)
{
	struct tspdm_error_response m;
	struct tspdm_not_ready not_ready;
	enum tspdm_status expected;

	TSPDM_TRY(tspdm_read_error(message, &m, used));
	expected = m.code == TSPDM_ERROR_RESPONSE_NOT_READY ? TSPDM_OK : TSPDM_ERR_CODE;
	if (tspdm_read_not_ready(&m, &not_ready) != expected)
		abort();
	return tspdm_write_error(out, shape->version, &m);
}

static const struct copier {
	uint8_t code;
	copy_function *copy;
} copiers[] = {
	{ TSPDM_GET_VERSION, copy_header },
	{ TSPDM_GET_DIGESTS, copy_header },
	{ TSPDM_RESPOND_IF_READY, copy_header },
	{ TSPDM_VERSION, copy_version },
	{ TSPDM_GET_CAPABILITIES, copy_get_capabilities },
	{ TSPDM_CAPABILITIES, copy_capabilities },
	{ TSPDM_NEGOTIATE_ALGORITHMS, copy_negotiate_algorithms },
	{ TSPDM_ALGORITHMS, copy_algorithms },
	{ TSPDM_DIGESTS, copy_digests },
	{ TSPDM_GET_CERTIFICATE, copy_get_certificate },
	{ TSPDM_CERTIFICATE, copy_certificate },
	{ TSPDM_CHALLENGE, copy_challenge },
	{ TSPDM_CHALLENGE_AUTH, copy_challenge_auth },
	{ TSPDM_GET_MEASUREMENTS, copy_get_measurements },
	{ TSPDM_MEASUREMENTS, copy_measurements },
	{ TSPDM_VENDOR_DEFINED_REQUEST, copy_vendor_defined },
	{ TSPDM_VENDOR_DEFINED_RESPONSE, copy_vendor_defined },
	{ TSPDM_ERROR, copy_error },
	{ TSPDM_KEY_EXCHANGE, copy_key_exchange },
	{ TSPDM_KEY_EXCHANGE_RSP, copy_key_exchange_rsp },
	{ TSPDM_FINISH, copy_finish },
	{ TSPDM_FINISH_RSP, copy_finish_rsp },
	{ TSPDM_PSK_EXCHANGE, copy_psk_exchange },
	{ TSPDM_PSK_EXCHANGE_RSP, copy_psk_exchange_rsp },
	{ TSPDM_PSK_FINISH, copy_psk_finish },
	{ TSPDM_PSK_FINISH_RSP, copy_psk_finish_rsp },
	{ TSPDM_HEARTBEAT, copy_heartbeat },
	{ TSPDM_HEARTBEAT_ACK, copy_heartbeat_ack },
	{ TSPDM_KEY_UPDATE, copy_key_update },
	{ TSPDM_KEY_UPDATE_ACK, copy_key_update_ack },
	{ TSPDM_END_SESSION, copy_end_session },
	{ TSPDM_END_SESSION_ACK, copy_end_session_ack },
	{ TSPDM_GET_ENCAPSULATED_REQUEST, copy_get_encapsulated_request },
	{ TSPDM_ENCAPSULATED_REQUEST, copy_encapsulated_request },
	{ TSPDM_DELIVER_ENCAPSULATED_RESPONSE, copy_deliver_encapsulated },
	{ TSPDM_ENCAPSULATED_RESPONSE_ACK, copy_encapsulated_ack },
	{ TSPDM_CHUNK_SEND, copy_chunk_send },
	{ TSPDM_CHUNK_SEND_ACK, copy_chunk_send_ack },
	{ TSPDM_CHUNK_GET, copy_chunk_get },
	{ TSPDM_CHUNK_RESPONSE, copy_chunk_response },
	{ TSPDM_GET_CSR, copy_get_csr },
	{ TSPDM_CSR, copy_csr },
	{ TSPDM_SET_CERTIFICATE, copy_set_certificate },
	{ TSPDM_SET_CERTIFICATE_RSP, copy_set_certificate_rsp },
};

static inline const struct copier *copier_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof copiers / sizeof copiers[0]; i++)
		if (copiers[i].code == code)
			return &copiers[i];
	return NULL;
}

/* Bits that mean something, in the versions from..to, of `count` bytes from `at`; bits that no row names all do. */
/* clang-format off */
static const struct meaning {
	uint8_t code, from, to, at, count, bits;
} meanings[] = {
	{ TSPDM_VERSION,              0x10, 0x14,  2,  3, 0x00 },
	{ TSPDM_GET_CAPABILITIES,     0x10, 0x12,  2,  1, 0x00 },
	{ TSPDM_GET_CAPABILITIES,     0x13, 0x14,  2,  1, 0x01 },
	{ TSPDM_GET_CAPABILITIES,     0x10, 0x14,  3,  2, 0x00 },
	{ TSPDM_GET_CAPABILITIES,     0x10, 0x13,  6,  2, 0x00 },
	{ TSPDM_CAPABILITIES,         0x10, 0x12,  2,  1, 0x00 },
	{ TSPDM_CAPABILITIES,         0x13, 0x14,  2,  1, 0x01 },
	{ TSPDM_CAPABILITIES,         0x10, 0x14,  3,  2, 0x00 },
	{ TSPDM_CAPABILITIES,         0x10, 0x13,  6,  2, 0x00 },
	{ TSPDM_NEGOTIATE_ALGORITHMS, 0x10, 0x10,  2,  1, 0x00 },
	{ TSPDM_NEGOTIATE_ALGORITHMS, 0x10, 0x14,  3,  1, 0x00 },
	{ TSPDM_NEGOTIATE_ALGORITHMS, 0x10, 0x11,  7,  1, 0x00 },
	{ TSPDM_NEGOTIATE_ALGORITHMS, 0x10, 0x13, 16,  4, 0x00 },
	{ TSPDM_NEGOTIATE_ALGORITHMS, 0x10, 0x14, 20,  8, 0x00 },
	{ TSPDM_NEGOTIATE_ALGORITHMS, 0x10, 0x14, 30,  1, 0x00 },
	{ TSPDM_NEGOTIATE_ALGORITHMS, 0x10, 0x12, 31,  1, 0x00 },
	{ TSPDM_ALGORITHMS,           0x10, 0x10,  2,  1, 0x00 },
	{ TSPDM_ALGORITHMS,           0x10, 0x14,  3,  1, 0x00 },
	{ TSPDM_ALGORITHMS,           0x10, 0x11,  7,  1, 0x00 },
	{ TSPDM_ALGORITHMS,           0x10, 0x13, 20,  4, 0x00 },
	{ TSPDM_ALGORITHMS,           0x10, 0x14, 24,  7, 0x00 },
	{ TSPDM_ALGORITHMS,           0x10, 0x12, 31,  1, 0x00 },
	{ TSPDM_ALGORITHMS,           0x10, 0x14, 34,  2, 0x00 },
	{ TSPDM_DIGESTS,              0x10, 0x12,  2,  1, 0x00 },
	{ TSPDM_GET_CERTIFICATE,      0x10, 0x13,  2,  1, 0x0F },
	{ TSPDM_GET_CERTIFICATE,      0x14, 0x14,  2,  1, 0x8F },
	{ TSPDM_GET_CERTIFICATE,      0x10, 0x12,  3,  1, 0x00 },
	{ TSPDM_GET_CERTIFICATE,      0x13, 0x14,  3,  1, 0x01 },
	{ TSPDM_CERTIFICATE,          0x10, 0x13,  2,  1, 0x0F },
	{ TSPDM_CERTIFICATE,          0x14, 0x14,  2,  1, 0x8F },
	{ TSPDM_CERTIFICATE,          0x10, 0x12,  3,  1, 0x00 },
	{ TSPDM_CERTIFICATE,          0x13, 0x14,  3,  1, 0x07 },
	{ TSPDM_CHALLENGE_AUTH,       0x10, 0x10,  2,  1, 0x0F },
	{ TSPDM_CHALLENGE_AUTH,       0x11, 0x14,  2,  1, 0x8F },
	{ TSPDM_GET_MEASUREMENTS,     0x10, 0x11,  2,  1, 0x01 },
	{ TSPDM_GET_MEASUREMENTS,     0x12, 0x12,  2,  1, 0x03 },
	{ TSPDM_GET_MEASUREMENTS,     0x13, 0x14,  2,  1, 0x07 },
	{ TSPDM_GET_MEASUREMENTS,     0x11, 0x14, 36,  1, 0x0F }, /* SlotIDParam; not there unless signed */
	{ TSPDM_MEASUREMENTS,         0x10, 0x11,  3,  1, 0x0F },
	{ TSPDM_MEASUREMENTS,         0x12, 0x14,  3,  1, 0x3F },
	{ TSPDM_VENDOR_DEFINED_REQUEST,  0x10, 0x13, 2, 1, 0x00 },
	{ TSPDM_VENDOR_DEFINED_REQUEST,  0x14, 0x14, 2, 1, 0x80 },
	{ TSPDM_VENDOR_DEFINED_REQUEST,  0x10, 0x14, 3, 1, 0x00 },
	{ TSPDM_VENDOR_DEFINED_RESPONSE, 0x10, 0x13, 2, 1, 0x00 },
	{ TSPDM_VENDOR_DEFINED_RESPONSE, 0x14, 0x14, 2, 1, 0x80 },
	{ TSPDM_VENDOR_DEFINED_RESPONSE, 0x10, 0x14, 3, 1, 0x00 },
	{ TSPDM_KEY_EXCHANGE,                  0x10, 0x11, 6, 1, 0x00 },
	{ TSPDM_KEY_EXCHANGE,                  0x12, 0x12, 6, 1, 0x01 },
	{ TSPDM_KEY_EXCHANGE,                  0x13, 0x14, 6, 1, 0x03 },
	{ TSPDM_KEY_EXCHANGE,                  0x10, 0x14, 7, 1, 0x00 },
	{ TSPDM_KEY_EXCHANGE_RSP,              0x10, 0x14, 3, 1, 0x00 },
	{ TSPDM_KEY_EXCHANGE_RSP,              0x10, 0x14, 6, 1, 0x07 },
	{ TSPDM_KEY_EXCHANGE_RSP,              0x10, 0x14, 7, 1, 0x0F },
	{ TSPDM_FINISH,                        0x10, 0x14, 2, 1, 0x01 },
	{ TSPDM_FINISH_RSP,                    0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_PSK_EXCHANGE,                  0x10, 0x11, 3, 1, 0x00 },
	{ TSPDM_PSK_EXCHANGE,                  0x12, 0x12, 3, 1, 0x01 },
	{ TSPDM_PSK_EXCHANGE,                  0x13, 0x14, 3, 1, 0x03 },
	{ TSPDM_PSK_EXCHANGE_RSP,              0x10, 0x14, 3, 1, 0x00 },
	{ TSPDM_PSK_EXCHANGE_RSP,              0x10, 0x14, 6, 2, 0x00 },
	{ TSPDM_PSK_FINISH,                    0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_PSK_FINISH_RSP,                0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_HEARTBEAT,                     0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_HEARTBEAT_ACK,                 0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_END_SESSION,                   0x10, 0x14, 2, 1, 0x01 },
	{ TSPDM_END_SESSION,                   0x10, 0x14, 3, 1, 0x00 },
	{ TSPDM_END_SESSION_ACK,               0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_GET_ENCAPSULATED_REQUEST,      0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_ENCAPSULATED_REQUEST,          0x10, 0x14, 3, 1, 0x00 },
	{ TSPDM_DELIVER_ENCAPSULATED_RESPONSE, 0x10, 0x14, 3, 1, 0x00 },
	{ TSPDM_ENCAPSULATED_RESPONSE_ACK,     0x12, 0x14, 5, 3, 0x00 },
	{ TSPDM_CHUNK_SEND,                    0x10, 0x14, 2, 1, 0x01 },
	{ TSPDM_CHUNK_SEND,                    0x10, 0x13, 6, 2, 0x00 },
	{ TSPDM_CHUNK_SEND_ACK,                0x10, 0x14, 2, 1, 0x01 },
	{ TSPDM_CHUNK_GET,                     0x10, 0x14, 2, 1, 0x00 },
	{ TSPDM_CHUNK_RESPONSE,                0x10, 0x14, 2, 1, 0x01 },
	{ TSPDM_CHUNK_RESPONSE,                0x10, 0x13, 6, 2, 0x00 },
	{ TSPDM_GET_CSR,                       0x10, 0x12, 2, 2, 0x00 },
	{ TSPDM_GET_CSR,                       0x13, 0x14, 3, 1, 0xBF },
	{ TSPDM_CSR,                           0x10, 0x14, 2, 2, 0x00 },
	{ TSPDM_CSR,                           0x10, 0x14, 6, 2, 0x00 },
	{ TSPDM_SET_CERTIFICATE,               0x10, 0x12, 2, 1, 0x0F },
	{ TSPDM_SET_CERTIFICATE,               0x10, 0x12, 3, 1, 0x00 },
	{ TSPDM_SET_CERTIFICATE_RSP,           0x10, 0x14, 2, 1, 0x0F },
	{ TSPDM_SET_CERTIFICATE_RSP,           0x10, 0x14, 3, 1, 0x00 },
};
/* clang-format on */

/* Param2 of FINISH is a slot where there is a signature. */
static inline void clear_slot(uint8_t *message, size_t len)
{
	if (message[1] == TSPDM_FINISH && len >= 4 && (message[2] & 1U) == 0)
		message[3] = 0;
}

/* What the 16-bit lengths were is reserved where the large form of 1.4 has taken their place. */
static inline void clear_small_lengths(uint8_t *message, size_t len, uint8_t version)
{
	if (version < TSPDM_V14 || len < 8 || (message[2] & 0x80U) == 0)
		return;
	if (message[1] == TSPDM_GET_CERTIFICATE || message[1] == TSPDM_CERTIFICATE)
		memset(message + 4, 0, 4);
	if ((message[1] == TSPDM_VENDOR_DEFINED_REQUEST || message[1] == TSPDM_VENDOR_DEFINED_RESPONSE) &&
		len >= 9U + message[6])
		memset(message + 7 + message[6], 0, 2);
}

/* Makes of a message that was read the one that is written. */
static inline void clear_reserved(uint8_t *message, size_t len, uint8_t version)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
		const struct meaning *m = &meanings[i];

		if (m->code != message[1] || version < m->from || version > m->to)
			continue;
		for (size_t at = m->at; at < (size_t)m->at + m->count && at < len; at++)
			message[at] &= m->bits;
	}
	clear_small_lengths(message, len, version);
	clear_slot(message, len);
}

#endif
