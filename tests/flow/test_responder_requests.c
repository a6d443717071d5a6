/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a responder answers to legal requests. Transcripts and signatures are computed here from the bytes on the wire,
 * with OpenSSL and without the library. */
#include "responder_signature.h"

/* The chain structure of the identity, made by hand. */
static void hand_chain(const struct rig *rig, struct bytes *chain)
{
	struct tspdm_view certificates = rig->device.slots[0].certificates;
	size_t root_len = 4 + (size_t)(certificates.ptr[2] << 8 | certificates.ptr[3]);
	size_t total = 4 + H + certificates.len;
	uint8_t root_hash[H];

	assert_int_equal(certificates.ptr[1], 0x82); /* a length of two bytes */
	sha384(part(certificates, 0, root_len), root_hash);
	chain->len = 0;
	put(chain, VIEW((uint8_t)total, (uint8_t)(total >> 8), 0, 0));
	put(chain, (struct tspdm_view){ root_hash, H });
	put(chain, certificates);
}

static void the_connection_is_negotiated(void **state)
{
	static const uint8_t version[] = { 0x10, 4, 0, 0, 0, 1, 0x00, 0x12 };
	struct rig *rig = rig_new();
	const uint8_t capabilities[] = { 0x12, 0x61, 0, 0, 0, 20, 0, 0, 0x16, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0 };
	uint8_t algorithms[36] = { 0x12, 0x63, 0, 0, 36, 0, 1, 2 };

	(void)state;
	algorithms[8] = 4;     /* MeasurementHashAlgo: SHA-384 */
	algorithms[12] = 0x80; /* P-384 */
	algorithms[16] = 2;    /* SHA-384 */
	rig_start(rig);
	rig_send(rig, (struct tspdm_view){ rig_get_version, 4 });
	assert_int_equal(rig->response.len, sizeof version);
	assert_memory_equal(rig->response.ptr, version, sizeof version);
	rig_send(rig, rig_get_capabilities(rig));
	assert_int_equal(rig->response.len, sizeof capabilities);
	assert_memory_equal(rig->response.ptr, capabilities, sizeof capabilities);
	rig_send(rig, (struct tspdm_view){ rig_negotiate, 32 });
	assert_int_equal(rig->response.len, sizeof algorithms);
	assert_memory_equal(rig->response.ptr, algorithms, sizeof algorithms);
	assert_int_equal(tspdm_responder_phase(rig->responder), TSPDM_PHASE_NEGOTIATED);
	rig_free(rig);
}

static void what_is_listed_unless_told_otherwise_is_1_1_and_1_2(void **state)
{
	static const uint8_t version[] = { 0x10, 4, 0, 0, 0, 2, 0x00, 0x12, 0x00, 0x11 };
	struct rig *rig = rig_new();

	(void)state;
	rig->config.versions = 0;
	rig_start(rig);
	rig_send(rig, (struct tspdm_view){ rig_get_version, 4 });
	assert_int_equal(rig->response.len, sizeof version);
	assert_memory_equal(rig->response.ptr, version, sizeof version);
	rig_free(rig);
}

static void digests_are_of_the_whole_chain_structure(void **state)
{
	static struct bytes chain;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t digest[H];

	(void)state;
	hand_chain(rig, &chain);
	sha384((struct tspdm_view){ chain.b, chain.len }, digest);
	rig_send(rig, VIEW(0x12, 0x81, 0, 0));
	assert_int_equal(rig->response.len, 4 + 2 * H);
	assert_memory_equal(rig->response.ptr, ((const uint8_t[]){ 0x12, 1, 0, 0x09 }), 4);
	assert_memory_equal(rig->response.ptr + 4, digest, H);
	assert_memory_equal(rig->response.ptr + 4 + H, digest, H);
	rig_free(rig);
}

/* F22 offset_length_wrap: Offset and Length around 0, the size and 2^16. */
static void any_portion_of_a_chain_can_be_had_and_nothing_else(void **state)
{
	static struct bytes chain;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	size_t grid[12];

	(void)state;
	hand_chain(rig, &chain);
	memcpy(grid, (const size_t[]){ 0, 1, 3, 4, 51, 52, 53, chain.len - 1, chain.len, chain.len + 1, 65534, 65535 },
		sizeof grid);
	for (size_t i = 0; i < COUNT(grid); i++)
		for (size_t j = 0; j < COUNT(grid); j++) {
			size_t offset = grid[i], length = grid[j];
			size_t rest = offset < chain.len ? chain.len - offset : 0;
			size_t expected = length < rest ? length : rest;

			rig_send(rig, VIEW(0x12, 0x82, 3, 0, (uint8_t)offset, (uint8_t)(offset >> 8), (uint8_t)length,
					      (uint8_t)(length >> 8)));
			if (offset >= chain.len) {
				assert_error(rig->response, TSPDM_ERROR_INVALID_REQUEST);
				continue;
			}
			assert_int_equal(rig->response.len, 8 + expected);
			assert_memory_equal(rig->response.ptr, ((const uint8_t[]){ 0x12, 2, 3, 0 }), 4);
			assert_int_equal(rig->response.ptr[4] | rig->response.ptr[5] << 8, expected);
			assert_int_equal(rig->response.ptr[6] | rig->response.ptr[7] << 8, rest - expected);
			assert_memory_equal(rig->response.ptr + 8, chain.b + offset, expected);
		}
	rig_free(rig);
}

static void a_portion_fits_what_the_requester_takes(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	rig->peer.data_transfer_size = rig->peer.max_message_size = 64;
	rig_start(rig);
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	rig_send(rig, VIEW(0x12, 0x82, 0, 0, 0, 0, 0xFF, 0xFF));
	assert_int_equal(rig->response.len, 64);
	assert_int_equal(rig->response.ptr[4], 56);
	rig_free(rig);
}

/* Appends one exchange to a transcript, and gives the response. */
static struct tspdm_view exchange(struct rig *rig, struct tspdm_view request, struct bytes *transcript)
{
	struct tspdm_view response = rig_send(rig, request);

	put(transcript, request);
	put(transcript, response);
	return response;
}

/* A CHALLENGE whose signature is over `transcript`, the request and the response. */
static void check_challenge(struct rig *rig, uint8_t summary, const uint8_t *summary_hash, struct bytes *transcript)
{
	static struct bytes chain;
	size_t summary_len = summary != 0 ? H : 0;
	size_t unsigned_len = 4 + H + NONCE + summary_len + 2;
	uint8_t digest[H];
	struct tspdm_view response = rig_send(rig, challenge(0, summary));

	assert_int_equal(response.len, unsigned_len + SIGNATURE);
	assert_memory_equal(response.ptr, ((const uint8_t[]){ 0x12, 3, 0, 0x09 }), 4);
	hand_chain(rig, &chain);
	sha384((struct tspdm_view){ chain.b, chain.len }, digest);
	assert_memory_equal(response.ptr + 4, digest, H);
	if (summary != 0)
		assert_memory_equal(response.ptr + 4 + H + NONCE, summary_hash, H);
	assert_int_equal(response.ptr[unsigned_len - 2] | response.ptr[unsigned_len - 1], 0);
	put(transcript, challenge(0, summary));
	put(transcript, part(response, 0, unsigned_len));
	assert_true(is_signed(
		rig, "responder-challenge_auth signing", transcript, part(response, unsigned_len, SIGNATURE)));
}

/* F06 transcript_extra_message: errors, retries and busy answers between. */
static void challenge_auth_signs_vca_and_what_was_read_of_the_certificates(void **state)
{
	static struct bytes m;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	m = rig->vca;
	check_challenge(rig, 0, NULL, &m); /* B may be empty */

	m = rig->vca;
	rig_send(rig, VIEW(0x12, 0x82, 0, 0, 0, 0, 20, 0)); /* cleared by GET_DIGESTS */
	exchange(rig, VIEW(0x12, 0x81, 0, 0), &m);
	exchange(rig, VIEW(0x12, 0x82, 0, 0, 0, 0, 0xFF, 0xFF), &m);
	assert_error(rig_send(rig, VIEW(0x12, 0x82, 7, 0, 0, 0, 1, 0)), TSPDM_ERROR_INVALID_REQUEST);
	assert_error(rig_send(rig, VIEW(0x12, 0x99, 0, 0)), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	assert_error(rig_send(rig, VIEW(0x12)), TSPDM_ERROR_INVALID_REQUEST);
	exchange(rig, VIEW(0x12, 0x82, 0, 0, 9, 0, 7, 0), &m);
	check_challenge(rig, 0, NULL, &m);

	m = rig->vca; /* B was cleared by CHALLENGE_AUTH */
	check_challenge(rig, 0, NULL, &m);
	rig_free(rig);
}

/* DSP0274 1.2 "M1/M2": reading measurements before the first CHALLENGE clears what was read of the certificates. */
static void measurements_before_the_first_challenge_clear_what_came_before(void **state)
{
	static struct bytes m;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	rig_send(rig, VIEW(0x12, 0x81, 0, 0));
	rig_send(rig, get_measurements(0, 1, 0));
	m = rig->vca;
	check_challenge(rig, 0, NULL, &m);
	rig_send(rig, VIEW(0x12, 0x81, 0, 0));
	m = rig->vca;
	exchange(rig, VIEW(0x12, 0x81, 0, 0), &m);
	rig_send(rig, get_measurements(0, 1, 0)); /* authenticated: no effect any more */
	check_challenge(rig, 0, NULL, &m);
	rig_free(rig);
}

/* A block as it should be. */
static void put_block(struct bytes *to, const struct tspdm_block *block, bool is_raw)
{
	uint8_t digest[H];
	struct tspdm_view value = block->value;

	if (!is_raw) {
		sha384(value, digest);
		value = (struct tspdm_view){ digest, H };
	}
	put(to, VIEW(block->index, 1, (uint8_t)(value.len + 3), 0, (uint8_t)(block->type | (is_raw ? 0x80 : 0)),
			(uint8_t)value.len, 0));
	put(to, value);
}

static void the_summary_is_of_the_blocks_in_digest_form(void **state)
{
	static struct bytes m, all, tcb;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t digest[H];

	(void)state;
	all.len = tcb.len = 0;
	for (size_t i = 0; i < COUNT(rig_blocks); i++) {
		put_block(&all, &rig_blocks[i], rig_blocks[i].form == TSPDM_BLOCK_RAW_ONLY);
		if (rig_blocks[i].is_tcb)
			put_block(&tcb, &rig_blocks[i], false);
	}
	m = rig->vca;
	sha384((struct tspdm_view){ all.b, all.len }, digest);
	check_challenge(rig, 0xFF, digest, &m);
	m = rig->vca;
	sha384((struct tspdm_view){ tcb.b, tcb.len }, digest);
	check_challenge(rig, 1, digest, &m);
	rig->device.block_count = 0;
	m = rig->vca;
	check_challenge(rig, 1, (const uint8_t[H]){ 0 }, &m);
	rig_free(rig);
}

/* The record of a response. */
static struct tspdm_view record_of(struct tspdm_view response)
{
	return part(response, 8, response.ptr[5] | (size_t)response.ptr[6] << 8 | (size_t)response.ptr[7] << 16);
}

static void check_record(struct tspdm_view response, unsigned count, const struct bytes *record)
{
	assert_int_equal(response.ptr[1], TSPDM_MEASUREMENTS);
	assert_int_equal(response.ptr[4], count);
	assert_int_equal(record_of(response).len, record->len);
	assert_memory_equal(record_of(response).ptr, record->b, record->len);
}

static void measurements_are_shown_in_the_form_asked_for(void **state)
{
	static struct bytes record;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	rig->device.evidence = NULL; /* a plain device: its manifest is shown raw */
	for (uint8_t raw = 0; raw <= 2; raw += 2) {
		record.len = 0;
		for (size_t i = 0; i < COUNT(rig_blocks); i++)
			put_block(&record, &rig_blocks[i], raw != 0 || rig_blocks[i].form == TSPDM_BLOCK_RAW_ONLY);
		check_record(rig_send(rig, get_measurements(raw, 0xFF, 0)), COUNT(rig_blocks), &record);
		record.len = 0;
		put_block(&record, &rig_blocks[2], raw != 0);
		check_record(rig_send(rig, get_measurements(raw, 5, 0)), 1, &record);
	}
	rig_send(rig, get_measurements(0, 0, 0));
	assert_int_equal(rig->response.ptr[2], COUNT(rig_blocks));
	record.len = 0;
	check_record(rig->response, 0, &record);
	rig_free(rig);
}

/* A signed GET_MEASUREMENTS whose signature is over `transcript`, the request and the response. */
static struct tspdm_view check_measurements(
	struct rig *rig, uint8_t param1, uint8_t operation, uint8_t slot, struct bytes *transcript)
{
	struct tspdm_view response = rig_send(rig, get_measurements(param1, operation, slot));
	size_t unsigned_len = response.len - SIGNATURE;

	assert_int_equal(response.ptr[1], TSPDM_MEASUREMENTS);
	assert_int_equal(response.ptr[3], slot);
	put(transcript, get_measurements(param1, operation, slot));
	put(transcript, part(response, 0, unsigned_len));
	assert_true(
		is_signed(rig, "responder-measurements signing", transcript, part(response, unsigned_len, SIGNATURE)));
	return response;
}

static void measurements_sign_all_that_was_read_since_the_last_reset(void **state)
{
	static struct bytes l;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	l = rig->vca;
	check_measurements(rig, 1, 1, 0, &l);
	l = rig->vca; /* a signed one resets */
	exchange(rig, get_measurements(0, 0, 0), &l);
	exchange(rig, get_measurements(0, 1, 0), &l);
	exchange(rig, get_measurements(2, 5, 0), &l);
	check_measurements(rig, 1, 0xFF, 3, &l);
	rig_send(rig, get_measurements(0, 1, 0));
	rig_send(rig, VIEW(0x12, 0x81, 0, 0)); /* any other request resets */
	l = rig->vca;
	check_measurements(rig, 1, 2, 0, &l);
	rig_send(rig, get_measurements(0, 1, 0));
	rig_send(rig, get_measurements(0, 77, 0)); /* an ERROR resets */
	assert_error(rig->response, TSPDM_ERROR_INVALID_REQUEST);
	l = rig->vca;
	check_measurements(rig, 1, 0, 0, &l);
	rig_free(rig);
}

/* SHA-512("tspdm measurement evidence v1" ‖ 0 ‖ role ‖ version ‖ len16 ‖ SHA-384(SPKI) ‖ len16 ‖ nonce ‖ len16 ‖ slot) */
static void expected_report_data(const struct rig *rig, uint8_t slot, uint8_t out[64])
{
	static struct bytes b;
	const char label[] = "tspdm measurement evidence v1";
	uint8_t digest[H];

	b.len = 0;
	sha384(rig->device.slots[slot].spki, digest);
	put(&b, (struct tspdm_view){ (const uint8_t *)label, sizeof label });
	put(&b, VIEW(1, 0x12, H, 0));
	put(&b, (struct tspdm_view){ digest, H });
	put(&b, VIEW(32, 0));
	put(&b, part(get_measurements(3, 0xFD, slot), 4, 32));
	put(&b, VIEW(1, 0, slot));
	assert_true(EVP_Digest(b.b, b.len, out, NULL, EVP_sha512(), NULL));
}

static void evidence_by_itself_is_fresh_and_bound(void **state)
{
	static struct bytes l;
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	uint8_t report_data[64];
	struct tspdm_view record;

	(void)state;
	for (size_t blocks = 0; blocks <= COUNT(rig_blocks); blocks += COUNT(rig_blocks)) {
		rig->device.block_count = blocks; /* also where the device does not list it */
		l = rig->vca;
		record = record_of(check_measurements(rig, 3, 0xFD, 3, &l));
		assert_int_equal(record.len, 7 + REPORT_LEN + CERTIFICATES_LEN);
		assert_memory_equal(record.ptr, ((const uint8_t[]){ 0xFD, 1, 0xCB, 0x04, 0x84, 0xC8, 0x04 }), 7);
		expected_report_data(rig, 3, report_data);
		assert_memory_equal(record.ptr + 7 + REPORT_DATA_AT, report_data, 64);
	}
	assert_int_equal(rig->source.begun, 2);
	rig_free(rig);
}

/* F12 freshness_by_attester: what is not bound to this nonce is never shown as evidence. */
static void evidence_that_is_not_fresh_is_shown_as_a_digest_only(void **state)
{
	static struct bytes record, l;
	static const uint8_t unfresh[] = { 0, 1, 2 };
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	record.len = 0;
	put_block(&record, &rig_blocks[3], false);
	for (size_t i = 0; i < COUNT(unfresh); i++)
		check_record(rig_send(rig, get_measurements(unfresh[i], 0xFD, 0)), 1, &record);
	record.len = 0;
	for (size_t i = 0; i < COUNT(rig_blocks); i++)
		put_block(&record, &rig_blocks[i], rig_blocks[i].index != 0xFD);
	rig_send(rig, VIEW(0x12, 0x81, 0, 0));
	l = rig->vca;
	check_record(check_measurements(rig, 3, 0xFF, 0, &l), COUNT(rig_blocks), &record);
	assert_int_equal(rig->source.begun, 0);
	rig->device.block_count = 3;
	assert_error(rig_send(rig, get_measurements(1, 0xFD, 0)), TSPDM_ERROR_INVALID_REQUEST);
	assert_error(rig_send(rig, get_measurements(2, 0xFD, 0)), TSPDM_ERROR_INVALID_REQUEST);
	rig_free(rig);
}

static void all_brings_evidence_where_configured(void **state)
{
	static struct bytes l;
	static const size_t listed[] = { 3, 4, 5 }; /* up to device mode, or up to the manifest, or neither */
	struct rig *rig = rig_new();

	(void)state;
	rig->config.evidence_in_all = true;
	rig_start(rig);
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	for (size_t i = 0; i < COUNT(listed); i++) {
		unsigned expected = listed[i] == 3 ? 4 : (unsigned)listed[i];
		struct tspdm_view response;

		rig->device.block_count = listed[i];
		l = rig->vca;
		response = check_measurements(rig, 3, 0xFF, 0, &l);
		assert_int_equal(response.ptr[4], expected);
		assert_true(record_of(response).len > REPORT_LEN);
		l = rig->vca;
		response = check_measurements(rig, 3, 0, 0, &l);
		assert_int_equal(response.ptr[2], expected);
	}
	assert_int_equal(rig->source.begun, 3);
	rig_free(rig);
}

static void vendor_defined_requests_reach_the_device(void **state)
{
	const struct {
		const char *name;
		struct tspdm_view request;
		int error;
	} rows[] = {
		{ "unknown standard", { (const uint8_t[]){ 0x12, 0xFE, 0, 0, 4, 0, 2, 1, 2, 1, 0, 9 }, 12 }, 0x07 },
		{ "unknown vendor", { (const uint8_t[]){ 0x12, 0xFE, 0, 0, 3, 0, 1, 1, 1, 0, 9 }, 11 }, 0x07 },
		{ "invalid payload", { (const uint8_t[]){ 0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 0, 0 }, 11 }, 0x01 },
		{ "cut short", { (const uint8_t[]){ 0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 2, 0, 9 }, 12 }, 0x01 },
	};
	static const uint8_t answer[] = { 0x12, 0x7E, 0, 0, 3, 0, 2, 1, 2, 2, 0, 0xF0, 0x0F };
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);

	(void)state;
	rig_send(rig, VIEW(0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 2, 0, 0x0F, 0xF0));
	assert_int_equal(rig->response.len, sizeof answer);
	assert_memory_equal(rig->response.ptr, answer, sizeof answer);
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("# %s\n", rows[i].name);
		assert_error(rig_send(rig, rows[i].request), (uint8_t)rows[i].error);
	}
	rig->device.vendor = NULL;
	assert_error(rig_send(rig, VIEW(0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 1, 0, 9)), TSPDM_ERROR_UNSUPPORTED_REQUEST);
	rig_free(rig);
}

static struct bytes seen[2];

static void see(void *context, bool is_request, uint32_t session, struct tspdm_view message)
{
	(void)context;
	assert_int_equal(session, 0);
	put(&seen[is_request], message);
}

static void observers_see_messages_without_padding(void **state)
{
	struct rig *rig = rig_new();

	(void)state;
	seen[0].len = seen[1].len = 0;
	rig->config.observer.see = see;
	rig->config.binding = &tspdm_binding_doe;
	rig_start(rig);
	rig_enter(rig, TSPDM_PHASE_NEGOTIATED);
	rig_send(rig, VIEW(0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 1, 0, 9));
	rig_send(rig, VIEW(0x12, 0xFE, 0, 0, 3, 0, 2, 1, 2, 2, 0, 9, 9, 0, 0, 0));
	assert_int_equal(seen[1].len, 4 + 20 + 32 + 12 + 13);
	assert_int_equal(seen[1].b[seen[1].len - 1], 9);
	rig_free(rig);
}

/* Padding is not part of a message: never in a transcript, DSP0274 1.2 "Generic SPDM message format". */
static void padding_does_not_reach_the_transcript(void **state)
{
	static struct bytes l;
	uint8_t padded[40] = { 0 };
	struct rig *rig = rig_in(TSPDM_PHASE_NEGOTIATED);
	size_t unsigned_len;

	(void)state;
	memcpy(padded, get_measurements(1, 1, 0).ptr, 37);
	l = rig->vca;
	put(&l, get_measurements(1, 1, 0));
	rig_send(rig, (struct tspdm_view){ padded, sizeof padded });
	unsigned_len = rig->response.len - SIGNATURE;
	put(&l, part(rig->response, 0, unsigned_len));
	assert_true(is_signed(rig, "responder-measurements signing", &l, part(rig->response, unsigned_len, SIGNATURE)));
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_connection_is_negotiated),
		cmocka_unit_test(what_is_listed_unless_told_otherwise_is_1_1_and_1_2),
		cmocka_unit_test(digests_are_of_the_whole_chain_structure),
		cmocka_unit_test(any_portion_of_a_chain_can_be_had_and_nothing_else),
		cmocka_unit_test(a_portion_fits_what_the_requester_takes),
		cmocka_unit_test(challenge_auth_signs_vca_and_what_was_read_of_the_certificates),
		cmocka_unit_test(measurements_before_the_first_challenge_clear_what_came_before),
		cmocka_unit_test(the_summary_is_of_the_blocks_in_digest_form),
		cmocka_unit_test(measurements_are_shown_in_the_form_asked_for),
		cmocka_unit_test(measurements_sign_all_that_was_read_since_the_last_reset),
		cmocka_unit_test(evidence_by_itself_is_fresh_and_bound),
		cmocka_unit_test(evidence_that_is_not_fresh_is_shown_as_a_digest_only),
		cmocka_unit_test(all_brings_evidence_where_configured),
		cmocka_unit_test(vendor_defined_requests_reach_the_device),
		cmocka_unit_test(observers_see_messages_without_padding),
		cmocka_unit_test(padding_does_not_reach_the_transcript),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
