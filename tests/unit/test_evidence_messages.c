/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The vendor-defined evidence messages: what is written can be read, each cut and each rule broken is refused. The worked
 * bytes are written out by hand from docs/profile.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/evidence_messages.h>
#include <tspdm/spdm.h>

#define VIEW(array) ((struct tspdm_view){ (array), sizeof(array) })

/* GET with a nonce of 0xA0 to 0xBF, wanting certificates. */
static const uint8_t get[] = { 1, 1, 1, 32, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB,
	0xAC, 0xAD, 0xAE, 0xAF, 0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB, 0xBC, 0xBD,
	0xBE, 0xBF, 0 };
/* PRESENT with a TDX quote of three bytes and an item of an unknown type. */
static const uint8_t present[] = { 1, 5, 0, 0, 2, 3, 0, 3, 0, 0, 0, 'a', 'b', 'c', 0x34, 0x12, 0, 0, 0, 0 };
/* The answer to GET: a report of two bytes and a certificate table of one. */
static const uint8_t answered[] = { 1, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 'x', 'y', 2, 0, 1, 0, 0, 0, 'z' };
/* Pending for 1500 ms. */
static const uint8_t pending[] = { 1, 2, 1, 0, 0xDC, 0x05, 0, 0 };

static void a_request_is_read_as_the_layout_says(void **state)
{
	struct tspdm_evidence_request request;
	struct tspdm_evidence_item item;

	(void)state;
	assert_int_equal(tspdm_read_evidence_request(VIEW(get), &request), TSPDM_OK);
	assert_int_equal(request.opcode, TSPDM_EVIDENCE_GET);
	assert_int_equal(request.flags, TSPDM_EVIDENCE_WANT_CERTIFICATES);
	assert_int_equal(request.nonce.len, TSPDM_NONCE_LEN);
	assert_int_equal(request.nonce.ptr[31], 0xBF);
	assert_int_equal(tspdm_read_evidence_request(VIEW(present), &request), TSPDM_OK);
	assert_int_equal(request.item_count, 2);
	assert_int_equal(tspdm_next_evidence_item(&request.items, &item), TSPDM_OK);
	assert_int_equal(item.type, TSPDM_ITEM_TDX_QUOTE);
	assert_memory_equal(item.value.ptr, "abc", 3);
	assert_int_equal(tspdm_next_evidence_item(&request.items, &item), TSPDM_OK);
	assert_int_equal(item.type, 0x1234);
	assert_int_equal(item.value.len, 0);
	assert_int_equal(tspdm_next_evidence_item(&request.items, &item), TSPDM_ERR_TRUNCATED);
}

static void an_answer_is_read_as_the_layout_says(void **state)
{
	struct tspdm_evidence_answer answer;
	struct tspdm_evidence evidence;

	(void)state;
	assert_int_equal(tspdm_read_evidence_answer(VIEW(answered), &answer), TSPDM_OK);
	assert_int_equal(answer.item_count, 2);
	assert_int_equal(tspdm_evidence_of_items(answer.items, &evidence), TSPDM_OK);
	assert_int_equal(evidence.tee, TSPDM_TEE_SEV_SNP);
	assert_memory_equal(evidence.report.ptr, "xy", 2);
	assert_memory_equal(evidence.certificates.ptr, "z", 1);
	assert_int_equal(tspdm_read_evidence_answer(VIEW(pending), &answer), TSPDM_OK);
	assert_int_equal(answer.status, TSPDM_EVIDENCE_PENDING);
	assert_int_equal(answer.retry_ms, 1500);
}

static void what_is_written_are_the_worked_bytes(void **state)
{
	uint8_t room[64], items_room[32];
	struct tspdm_buffer out = { room, sizeof room, 0 }, items = { items_room, sizeof items_room, 0 };
	const struct tspdm_evidence evidence = { TSPDM_TEE_SEV_SNP, { (const uint8_t *)"xy", 2 },
		{ (const uint8_t *)"z", 1 } };
	struct tspdm_evidence_request request = { TSPDM_EVIDENCE_GET, 1, { get + 4, TSPDM_NONCE_LEN }, 0, { NULL, 0 } };
	struct tspdm_evidence_answer answer = { .opcode = TSPDM_EVIDENCE_GET };
	struct tspdm_evidence_item list[2];

	(void)state;
	assert_int_equal(tspdm_write_evidence_request(&out, &request), TSPDM_OK);
	assert_int_equal(out.len, sizeof get);
	assert_memory_equal(room, get, sizeof get);
	answer.item_count = (uint8_t)tspdm_evidence_items(&evidence, list);
	assert_int_equal(answer.item_count, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(tspdm_write_evidence_item(&items, list[i].type, list[i].value), TSPDM_OK);
	answer.items = tspdm_buffer_view(&items);
	out.len = 0;
	assert_int_equal(tspdm_write_evidence_answer(&out, &answer), TSPDM_OK);
	assert_int_equal(out.len, sizeof answered);
	assert_memory_equal(room, answered, sizeof answered);
	out.len = 0;
	out.cap = 10;
	assert_int_equal(tspdm_write_evidence_answer(&out, &answer), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, sizeof answered);
}

static void every_cut_and_every_excess_is_refused(void **state)
{
	struct tspdm_evidence_request request;
	struct tspdm_evidence_answer answer;
	uint8_t longer[sizeof get + 1] = { 0 };

	(void)state;
	for (size_t len = 0; len < sizeof get; len++)
		assert_int_not_equal(tspdm_read_evidence_request((struct tspdm_view){ get, len }, &request), TSPDM_OK);
	for (size_t len = 0; len < sizeof present; len++)
		assert_int_not_equal(
			tspdm_read_evidence_request((struct tspdm_view){ present, len }, &request), TSPDM_OK);
	for (size_t len = 0; len < sizeof answered; len++)
		assert_int_not_equal(
			tspdm_read_evidence_answer((struct tspdm_view){ answered, len }, &answer), TSPDM_OK);
	memcpy(longer, get, sizeof get);
	assert_int_equal(tspdm_read_evidence_request(VIEW(longer), &request), TSPDM_ERR_TRAILING);
}

static void a_request_that_breaks_a_rule_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum tspdm_status status;
	} rows[] = {
		{ 0, 0, TSPDM_ERR_VERSION }, { 0, 2, TSPDM_ERR_VERSION },
		{ 1, 0, TSPDM_ERR_FIELD },                                                   /* no such opcode */
		{ 1, 6, TSPDM_ERR_FIELD }, { 1, TSPDM_EVIDENCE_CHALLENGE, TSPDM_ERR_FIELD }, /* which has no nonce */
		{ 1, TSPDM_EVIDENCE_RESULT, TSPDM_ERR_FIELD },                               /* which has items */
		{ 3, 31, TSPDM_ERR_FIELD }, { 3, 33, TSPDM_ERR_TRUNCATED },
		{ 36, 1, TSPDM_ERR_FIELD }, /* items in GET */
	};
	struct tspdm_evidence_request request;
	uint8_t bytes[sizeof get];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		memcpy(bytes, get, sizeof bytes);
		bytes[rows[i].at] = rows[i].value;
		if (tspdm_read_evidence_request(VIEW(bytes), &request) != rows[i].status)
			fail_msg("row %zu", i);
	}
}

static void an_answer_that_breaks_a_rule_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {
		{ 0, 2 },
		{ 1, 0 },
		{ 1, 6 },
		{ 1, TSPDM_EVIDENCE_RESULT }, /* answered without items */
		{ 2, TSPDM_EVIDENCE_PENDING },
		{ 2, TSPDM_EVIDENCE_REFUSED },
		{ 2, 4 },
		{ 3, 0 },
		{ 3, 1 },
		{ 3, 3 },
		{ 3, TSPDM_EVIDENCE_ITEMS_MAX + 1 },
		{ 4, 1 }, /* a wait for what is here */
		{ 10, 0xFF },
		{ 13, 0xFF },
	};
	struct tspdm_evidence_answer answer;
	uint8_t bytes[sizeof answered];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		memcpy(bytes, answered, sizeof bytes);
		bytes[rows[i].at] = rows[i].value;
		if (tspdm_read_evidence_answer(VIEW(bytes), &answer) == TSPDM_OK)
			fail_msg("row %zu", i);
	}
}

static void evidence_must_be_one_piece(void **state)
{
	static const uint8_t two[] = { 3, 0, 1, 0, 0, 0, 'a', 4, 0, 1, 0, 0, 0, 'b' };
	static const uint8_t table_only[] = { 2, 0, 1, 0, 0, 0, 'z' };
	static const uint8_t table_of_quote[] = { 3, 0, 1, 0, 0, 0, 'a', 2, 0, 1, 0, 0, 0, 'z' };
	struct tspdm_evidence evidence;

	(void)state;
	assert_int_equal(tspdm_evidence_of_items(VIEW(two), &evidence), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_evidence_of_items(VIEW(table_only), &evidence), TSPDM_ERR_EVIDENCE_MISSING);
	assert_int_equal(tspdm_evidence_of_items(VIEW(table_of_quote), &evidence), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(tspdm_evidence_of_items((struct tspdm_view){ two, 6 }, &evidence), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(
		tspdm_evidence_of_items((struct tspdm_view){ NULL, 0 }, &evidence), TSPDM_ERR_EVIDENCE_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_as_the_layout_says),
		cmocka_unit_test(an_answer_is_read_as_the_layout_says),
		cmocka_unit_test(what_is_written_are_the_worked_bytes),
		cmocka_unit_test(every_cut_and_every_excess_is_refused),
		cmocka_unit_test(a_request_that_breaks_a_rule_is_refused),
		cmocka_unit_test(an_answer_that_breaks_a_rule_is_refused),
		cmocka_unit_test(evidence_must_be_one_piece),
	};

	return cmocka_run_group_tests_name("evidence_messages", tests, NULL, NULL);
}
