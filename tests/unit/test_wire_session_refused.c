/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Messages of sessions, chunks and provisioning that contradict themselves or the standard, each with the one status that
 * says so. */
#include "../../fuzz/wire_copy.h"
#include "wire_case.h"

static const struct refusal {
	const char *name;
	uint8_t version;
	enum tspdm_status status;
	const char *message;
} refusals[] = {
	{ "KEY_EXCHANGE: opaque data over 1024", 0x12, TSPDM_ERR_LENGTH,
		"12 e4 00 00 3412 00 00 ee*32 d1*96 0104 0b*1025" },
	{ "KEY_EXCHANGE: opaque data of 65535", 0x12, TSPDM_ERR_LENGTH, "12 e4 00 00 3412 00 00 ee*32 d1*96 ffff 0b" },
	{ "KEY_EXCHANGE: opaque data past the end", 0x12, TSPDM_ERR_TRUNCATED,
		"12 e4 00 00 3412 00 00 ee*32 d1*96 0500 0b*4" },
	{ "KEY_EXCHANGE: ExchangeData of another group", 0x12, TSPDM_ERR_TRUNCATED,
		"12 e4 00 00 3412 00 00 ee*32 00*64 0000" },
	{ "KEY_EXCHANGE: longer ExchangeData is taken for opaque data", 0x12, TSPDM_ERR_LENGTH,
		"12 e4 00 00 3412 00 00 ee*32 d1*132 0000" },
	{ "KEY_EXCHANGE_RSP: opaque data over 1024", 0x12, TSPDM_ERR_LENGTH,
		"12 64 00 00 7856 00 00 ee*32 d2*96 5a*48 0104 0b*1025 51*96 ac*48" },
	{ "KEY_EXCHANGE_RSP: opaque data into the signature", 0x12, TSPDM_ERR_TRUNCATED,
		"12 64 00 00 7856 00 00 ee*32 d2*96 5a*48 0100 51*96 ac*48" },
	{ "KEY_EXCHANGE_RSP: without verify data", 0x12, TSPDM_ERR_TRUNCATED,
		"12 64 00 00 7856 00 00 ee*32 d2*96 5a*48 0000 51*96" },
	{ "KEY_EXCHANGE_RSP: without a summary", 0x12, TSPDM_ERR_LENGTH,
		"12 64 00 00 7856 00 00 ee*32 d2*96 0000 51*96 ac*48" },
	{ "FINISH: a signature told, but not there", 0x12, TSPDM_ERR_TRUNCATED, "12 e5 01 00 ac*48" },
	{ "FINISH 1.4: opaque data over 1024", 0x14, TSPDM_ERR_LENGTH, "14 e5 00 00 0104 0b*1025 ac*48" },
	{ "FINISH 1.4: opaque data into the verify data", 0x14, TSPDM_ERR_TRUNCATED, "14 e5 00 00 0100 ac*48" },
	{ "FINISH 1.4 in the layout of 1.3", 0x14, TSPDM_ERR_LENGTH, "14 e5 00 00 ac*48" },
	{ "FINISH_RSP without verify data", 0x12, TSPDM_ERR_TRUNCATED, "12 65 00 00" },
	{ "FINISH_RSP 1.4: opaque data over 1024", 0x14, TSPDM_ERR_LENGTH, "14 65 00 00 0104 0b*1025 ac*48" },
	{ "PSK_EXCHANGE: RequesterContext of 31", 0x12, TSPDM_ERR_LENGTH, "12 e6 00 00 3412 0000 1f00 0000 cc*31" },
	{ "PSK_EXCHANGE: RequesterContext of 0", 0x12, TSPDM_ERR_LENGTH, "12 e6 00 00 3412 2000 0000 0000 70*32" },
	{ "PSK_EXCHANGE: RequesterContext of 31 in 1.1", 0x11, TSPDM_ERR_LENGTH,
		"11 e6 00 00 3412 0000 1f00 0000 cc*31" },
	{ "PSK_EXCHANGE: opaque data over 1024", 0x12, TSPDM_ERR_LENGTH,
		"12 e6 00 00 3412 0000 2000 0104 cc*32 0b*1025" },
	{ "PSK_EXCHANGE: PSKHint past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 e6 00 00 3412 ffff 2000 0000 cc*32" },
	{ "PSK_EXCHANGE: context past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 e6 00 00 3412 0100 2000 0000 cc*32" },
	{ "PSK_EXCHANGE: all lengths the greatest", 0x12, TSPDM_ERR_LENGTH, "12 e6 00 00 3412 ffff ffff ffff cc*99" },
	{ "PSK_EXCHANGE_RSP: opaque data over 1024", 0x12, TSPDM_ERR_LENGTH,
		"12 66 00 00 7856 0000 0000 0104 5a*48 0b*1025 ac*48" },
	{ "PSK_EXCHANGE_RSP: context past the end", 0x12, TSPDM_ERR_TRUNCATED,
		"12 66 00 00 7856 0000 ffff 0000 5a*48 c2*32 ac*48" },
	{ "PSK_EXCHANGE_RSP: context into the verify data", 0x12, TSPDM_ERR_TRUNCATED,
		"12 66 00 00 7856 0000 2100 0000 5a*48 c2*32 ac*48" },
	{ "PSK_FINISH 1.4: opaque data over 1024", 0x14, TSPDM_ERR_LENGTH, "14 e7 00 00 0104 0b*1025 ac*48" },
	{ "PSK_FINISH without verify data", 0x12, TSPDM_ERR_TRUNCATED, "12 e7 00 00 ac*47" },
	{ "PSK_FINISH_RSP 1.4: opaque data over 1024", 0x14, TSPDM_ERR_LENGTH, "14 67 00 00 0104 0b*1025" },
	{ "PSK_FINISH_RSP 1.4 in the layout of 1.3", 0x14, TSPDM_ERR_TRUNCATED, "14 67 00 00" },

	{ "ENCAPSULATED_REQUEST with nothing in it", 0x12, TSPDM_ERR_TRUNCATED, "12 6a 01 00" },
	{ "ENCAPSULATED_REQUEST with less than a header", 0x12, TSPDM_ERR_TRUNCATED, "12 6a 01 00 12 81 00" },
	{ "DELIVER_ENCAPSULATED_RESPONSE with nothing in it", 0x12, TSPDM_ERR_TRUNCATED, "12 eb 01 00" },
	{ "ENCAPSULATED_RESPONSE_ACK: Param2 3", 0x12, TSPDM_ERR_FIELD, "12 6b 01 03 01 00*3 00" },
	{ "ENCAPSULATED_RESPONSE_ACK: Param2 255", 0x11, TSPDM_ERR_FIELD, "11 6b 01 ff 12 81 00 00" },
	{ "ENCAPSULATED_RESPONSE_ACK 1.2 in the layout of 1.1", 0x12, TSPDM_ERR_TRUNCATED, "12 6b 01 01 12 81 00 00" },
	{ "ENCAPSULATED_RESPONSE_ACK 1.2, absent, in the layout of 1.1", 0x12, TSPDM_ERR_TRUNCATED, "12 6b 01 00" },
	{ "ENCAPSULATED_RESPONSE_ACK: present, not there", 0x12, TSPDM_ERR_TRUNCATED, "12 6b 01 01 01 00*3" },
	{ "ENCAPSULATED_RESPONSE_ACK: less than a header", 0x12, TSPDM_ERR_TRUNCATED, "12 6b 01 01 01 00*3 12 81 00" },
	{ "ENCAPSULATED_RESPONSE_ACK: slot not there", 0x12, TSPDM_ERR_TRUNCATED, "12 6b 01 02 01 00*3" },
	{ "ENCAPSULATED_RESPONSE_ACK 1.1: slot not there", 0x11, TSPDM_ERR_TRUNCATED, "11 6b 01 02" },

	{ "CHUNK_SEND: the first is the last", 0x12, TSPDM_ERR_FIELD, "12 85 01 00 0000 0000 1a000000 1a000000 77*26" },
	{ "CHUNK_SEND: the first is the last, more announced", 0x12, TSPDM_ERR_FIELD,
		"12 85 01 00 0000 0000 1a000000 2b000000 77*26" },
	{ "CHUNK_SEND 1.4: the first is the last", 0x14, TSPDM_ERR_FIELD, "14 85 01 00 00000000 01000000 02000000 77" },
	{ "CHUNK_SEND: empty first", 0x12, TSPDM_ERR_LENGTH, "12 85 00 00 0000 0000 00000000 2b000000" },
	{ "CHUNK_SEND: empty middle", 0x12, TSPDM_ERR_LENGTH, "12 85 00 00 0100 0000 00000000" },
	{ "CHUNK_SEND: empty last", 0x12, TSPDM_ERR_LENGTH, "12 85 01 00 0100 0000 00000000" },
	{ "CHUNK_SEND: LargeMessageSize 0", 0x12, TSPDM_ERR_LENGTH, "12 85 00 00 0000 0000 1a000000 00000000 77*26" },
	{ "CHUNK_SEND: all in the first", 0x12, TSPDM_ERR_LENGTH, "12 85 00 00 0000 0000 1a000000 1a000000 77*26" },
	{ "CHUNK_SEND: more in the first than in all", 0x12, TSPDM_ERR_LENGTH,
		"12 85 00 00 0000 0000 1a000000 19000000 77*26" },
	{ "CHUNK_SEND: ChunkSize past the end", 0x12, TSPDM_ERR_TRUNCATED,
		"12 85 00 00 0000 0000 1b000000 2b000000 77*26" },
	{ "CHUNK_SEND: ChunkSize of 4 GiB", 0x12, TSPDM_ERR_TRUNCATED, "12 85 00 00 0100 0000 ffffffff 77*26" },
	{ "CHUNK_SEND: both of 4 GiB", 0x12, TSPDM_ERR_LENGTH, "12 85 00 00 0000 0000 ffffffff ffffffff 77*26" },
	{ "CHUNK_RESPONSE: the first is the last", 0x12, TSPDM_ERR_FIELD,
		"12 06 01 00 0000 0000 1a000000 2b000000 77*26" },
	{ "CHUNK_RESPONSE: empty", 0x12, TSPDM_ERR_LENGTH, "12 06 00 00 0100 0000 00000000" },
	{ "CHUNK_RESPONSE: LargeMessageSize of the first chunk", 0x13, TSPDM_ERR_LENGTH,
		"13 06 00 00 0000 0000 1a000000 1a000000 77*26" },
	{ "CHUNK_RESPONSE 1.4: ChunkSize past the end", 0x14, TSPDM_ERR_TRUNCATED,
		"14 06 00 00 01000000 ffffffff 77*26" },
	{ "CHUNK_RESPONSE 1.3 in the layout of 1.4", 0x13, TSPDM_ERR_TRUNCATED, "13 06 00 00 00000100 02000000 77*2" },
	{ "CHUNK_SEND_ACK: early error without an ERROR", 0x12, TSPDM_ERR_TRUNCATED, "12 05 01 00 0000" },
	{ "CHUNK_SEND_ACK: early error with less than a header", 0x12, TSPDM_ERR_TRUNCATED,
		"12 05 01 00 0000 12 7f 01" },
	{ "CHUNK_SEND_ACK 1.4 in the layout of 1.2", 0x14, TSPDM_ERR_TRUNCATED, "14 05 00 00 0000" },
	{ "CHUNK_GET 1.4 in the layout of 1.2", 0x14, TSPDM_ERR_TRUNCATED, "14 86 00 00 0000" },

	{ "GET_CSR: RequesterInfo past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 ed 00 00 0600 0000 30*5" },
	{ "GET_CSR: opaque data past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 ed 00 00 0400 0200 30*5" },
	{ "GET_CSR: opaque data over 1024", 0x12, TSPDM_ERR_LENGTH, "12 ed 00 00 0000 0104 0b*1025" },
	{ "GET_CSR: both lengths the greatest", 0x13, TSPDM_ERR_LENGTH, "13 ed 00 00 ffff ffff 30*99" },
	{ "CSR: empty", 0x12, TSPDM_ERR_LENGTH, "12 6d 00 00 0000 0000" },
	{ "CSR: empty, but bytes", 0x12, TSPDM_ERR_LENGTH, "12 6d 00 00 0000 0000 30*9" },
	{ "CSR: past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 6d 00 00 ffff 0000 30*256" },
	{ "SET_CERTIFICATE without a chain", 0x12, TSPDM_ERR_TRUNCATED, "12 ee 00 00" },
	{ "SET_CERTIFICATE 1.2 knows no Erase", 0x12, TSPDM_ERR_TRUNCATED, "12 ee 80 00" },
	{ "SET_CERTIFICATE: half a header", 0x13, TSPDM_ERR_TRUNCATED, "13 ee 10 00 3400 00" },
	{ "SET_CERTIFICATE: Length 0", 0x12, TSPDM_ERR_LENGTH, "12 ee 00 00 0000 0000 ab*48 30" },
	{ "SET_CERTIFICATE: Length of the header alone", 0x12, TSPDM_ERR_LENGTH, "12 ee 00 00 0400 0000 ab*48 30" },
	{ "SET_CERTIFICATE: Length inside RootHash", 0x12, TSPDM_ERR_LENGTH, "12 ee 00 00 3300 0000 ab*48 30" },
	{ "SET_CERTIFICATE: Length past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 ee 00 00 3600 0000 ab*48 30" },
	{ "SET_CERTIFICATE 1.4: Length of 4 GiB", 0x14, TSPDM_ERR_TRUNCATED, "14 ee 10 00 ffffffff ab*48 30" },
};

static void a_contradictory_message_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct tspdm_view message = message_of(refusals[i].message);
		struct tspdm_shape shape = shape_of(refusals[i].version);
		struct tspdm_buffer out = { 0 };
		size_t used = 0;

		assert_status(copier_of(message.ptr[1])->copy(message, &shape, &out, &used), refusals[i].status,
			refusals[i].name);
		assert_int_equal(out.len, 0);
		free((void *)message.ptr);
	}
}

/* What is there beyond the fields that the version, or the message itself, knows. */
static const struct refusal longer[] = {
	{ "GET_DIGESTS' answer with a digest more", 0x12, TSPDM_ERR_TRAILING, "12 01 00 01 a0*96" },
	{ "KEY_EXCHANGE_RSP: a second signature", 0x12, TSPDM_ERR_TRAILING,
		"12 64 00 00 7856 00 00 ee*32 d2*96 5a*48 0000 51*96 ac*48 51*96" },
	{ "FINISH: a signature that is not told", 0x12, TSPDM_ERR_TRAILING, "12 e5 00 00 51*96 ac*48" },
	{ "FINISH 1.3 in the layout of 1.4", 0x13, TSPDM_ERR_TRAILING, "13 e5 00 00 0000 ac*48" },
	{ "PSK_FINISH_RSP 1.2 with opaque data", 0x12, TSPDM_ERR_TRAILING, "12 67 00 00 0000" },
	{ "PSK_FINISH_RSP 1.2 with verify data", 0x12, TSPDM_ERR_TRAILING, "12 67 00 00 ac*48" },
	{ "HEARTBEAT with a byte", 0x12, TSPDM_ERR_TRAILING, "12 e8 00 00 00" },
	{ "END_SESSION with a byte", 0x12, TSPDM_ERR_TRAILING, "12 ec 00 00 00" },
	{ "KEY_UPDATE with another", 0x12, TSPDM_ERR_TRAILING, "12 e9 01 00 12 e9 03 00" },
	{ "ENCAPSULATED_RESPONSE_ACK 1.1: absent, but there", 0x11, TSPDM_ERR_TRAILING, "11 6b 01 00 11 81 00 00" },
	{ "ENCAPSULATED_RESPONSE_ACK 1.2: absent, but there", 0x12, TSPDM_ERR_TRAILING,
		"12 6b 01 00 01 00*3 12 81 00 00" },
	{ "ENCAPSULATED_RESPONSE_ACK: two slots", 0x12, TSPDM_ERR_TRAILING, "12 6b 01 02 01 00*3 00 00" },
	{ "CHUNK_SEND_ACK: less than a response", 0x12, TSPDM_ERR_TRAILING, "12 05 00 00 0000 12 01 00" },
	{ "CHUNK_SEND: ChunkSize less than there is", 0x12, TSPDM_ERR_TRAILING,
		"12 85 00 00 0100 0000 19000000 77*26" },
	{ "CHUNK_GET 1.2 in the layout of 1.4", 0x12, TSPDM_ERR_TRAILING, "12 86 00 00 0000 0000" },
	{ "SET_CERTIFICATE: Length less than there is", 0x12, TSPDM_ERR_TRAILING, "12 ee 00 00 3500 0000 ab*48 30 00" },
	{ "SET_CERTIFICATE: Erase and a chain", 0x13, TSPDM_ERR_TRAILING, "13 ee 80 00 3500 0000 ab*48 30" },
};

static void in_a_session_what_follows_the_fields_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(longer); i++) {
		struct tspdm_view message = message_of(longer[i].message);
		struct tspdm_shape shape = shape_of(longer[i].version);
		const struct copier *copier = copier_of(message.ptr[1]);
		struct tspdm_buffer out = { 0 };
		size_t used = 0;

		assert_status(copier->copy(message, &shape, &out, &used), TSPDM_ERR_BUFFER, longer[i].name);
		assert_true(used < message.len);
		shape.is_exact = true;
		assert_status(copier->copy(message, &shape, &out, &used), longer[i].status, longer[i].name);
		free((void *)message.ptr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_contradictory_message_is_refused),
		cmocka_unit_test(in_a_session_what_follows_the_fields_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
