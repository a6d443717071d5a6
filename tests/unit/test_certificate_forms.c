/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence in certificates in the forms of others: conceptual message wrappers (RFC 9999), composed here by hand, and the bare
 * quotes of older RA-TLS. */
#include "certificate_case.h"

#define OID_CMW "1.3.6.1.5.5.7.1.35"
#define OID_BARE "0.6.9.42.840.113741.1337.6"
#define BYTES(text) text, sizeof(text) - 1
#define RECORD                                                                                                         \
	"\x82\x63"                                                                                                     \
	"a/b"
#define OF_THREE                                                                                                       \
	"\x83\x63"                                                                                                     \
	"a/b"
#define EVIDENCE                                                                                                       \
	"\x68"                                                                                                         \
	"evidence"
#define OTHER "\x82\x01\x41\x00"

/* What stands around the tagged evidence, which is a byte string. */
static const struct wrapper {
	const char *name, *head;
	size_t head_len;
	const char *tail;
	size_t tail_len;
	enum tspdm_status status;
} wrappers[] = {
	{ "a record", BYTES(RECORD), BYTES(""), TSPDM_OK },
	{ "its type is a number", BYTES("\x82\x19\x01\x00"), BYTES(""), TSPDM_OK },
	{ "it is said to be evidence", BYTES(OF_THREE), BYTES("\x04"), TSPDM_OK },
	{ "and an endorsement, too", BYTES(OF_THREE), BYTES("\x06"), TSPDM_OK },
	{ "a collection", BYTES("\xA1" EVIDENCE RECORD), BYTES(""), TSPDM_OK },
	{ "with more in it", BYTES("\xA3\x63log" OTHER EVIDENCE RECORD), BYTES("\x07" OTHER), TSPDM_OK },
	{ "an endorsement", BYTES(OF_THREE), BYTES("\x02"), TSPDM_ERR_EVIDENCE_FORM },
	{ "no value", BYTES("\x81"), BYTES(""), TSPDM_ERR_EVIDENCE_FORM },
	{ "four items",
		BYTES("\x84\x63"
		      "a/b"),
		BYTES("\x04\x00"), TSPDM_ERR_EVIDENCE_FORM },
	{ "a type in bytes",
		BYTES("\x82\x43"
		      "a/b"),
		BYTES(""), TSPDM_ERR_EVIDENCE_FORM },
	{ "something behind it", BYTES(RECORD), BYTES("\x00"), TSPDM_ERR_EVIDENCE_FORM },
	{ "a record that is cut", BYTES(OF_THREE), BYTES(""), TSPDM_ERR_EVIDENCE_FORM },
	{ "a collection without", BYTES("\xA1\x63log" RECORD), BYTES(""), TSPDM_ERR_EVIDENCE_FORM },
	{ "a collection in a collection", BYTES("\xA1" EVIDENCE "\xA1" EVIDENCE RECORD), BYTES(""),
		TSPDM_ERR_EVIDENCE_FORM },
	{ "evidence twice", BYTES("\xA2" EVIDENCE OTHER EVIDENCE RECORD), BYTES(""), TSPDM_ERR_EVIDENCE_FORM },
	{ "an indefinite length", BYTES("\xBF" EVIDENCE RECORD), BYTES("\xFF"), TSPDM_ERR_EVIDENCE_FORM },
	{ "a record in a record", BYTES(RECORD RECORD), BYTES(""), TSPDM_ERR_EVIDENCE_FORM },
};

/* PKIX's extension may hold other things than evidence. */
static enum tspdm_status expected(const struct wrapper *row, const char *oid)
{
	return row->status == TSPDM_OK || strcmp(oid, OID_CMW) != 0 ? row->status : TSPDM_ERR_EVIDENCE_MISSING;
}

static void read_wrapped(const struct wrapper *row, const char *oid)
{
	uint8_t tagged_bytes[12000], bytes[13000];
	struct tspdm_buffer w = { .ptr = bytes, .cap = sizeof bytes };
	struct tspdm_tagged_evidence tagged;
	enum tspdm_status status;

	put(&w, row->head, row->head_len);
	put_byte_string(
		&w, (struct tspdm_view){ tagged_bytes, by_hand(view_of(&claims), tagged_bytes, sizeof tagged_bytes) });
	put(&w, row->tail, row->tail_len);
	oid_now = oid;
	status = read_from(view_of(&w), 1, &tagged);
	oid_now = TSPDM_OID_TAGGED_EVIDENCE;
	if (status != expected(row, oid))
		fail_msg("%s: %s", row->name, tspdm_status_text(status));
	if (status == TSPDM_OK)
		assert_int_equal(
			tspdm_check_certificate_binding(crypto, &tagged, spki, report_data_of(&tagged.evidence)),
			TSPDM_OK);
	else
		assert_int_equal(tagged.evidence.report.len, 0);
}

static void a_conceptual_message_wrapper_is_taken_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++) {
		read_wrapped(&wrappers[i], TSPDM_OID_TAGGED_EVIDENCE);
		read_wrapped(&wrappers[i], OID_CMW);
	}
}

/* A quote whose report data is of the key itself, as RA-TLS had it before there were claims. */
static struct tspdm_view bare_quote(uint8_t *bytes, size_t cap, struct tspdm_view about, uint8_t behind)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_buffer w = { .ptr = bytes, .cap = cap };
	uint8_t report_data[TSPDM_REPORT_DATA_LEN] = { 0 };
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	uint32_t retry_us;

	config.kind = TSPDM_TEE_TDX;
	source = make_source(&config);
	SHA256(about.ptr, about.len, report_data);
	report_data[63] = behind;
	assert_int_equal(source->ops->begin(source, report_data, &job), TSPDM_OK);
	assert_int_equal(source->ops->poll(source, job, &evidence, &retry_us), TSPDM_OK);
	put(&w, evidence.report.ptr, evidence.report.len);
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
	return view_of(&w);
}

static enum tspdm_status judge_bare(struct tspdm_view about, uint8_t behind)
{
	uint8_t bytes[12000];
	struct tspdm_view value = bare_quote(bytes, sizeof bytes, about, behind);
	struct tspdm_tagged_evidence tagged, none;

	oid_now = OID_BARE;
	assert_int_equal(read_from(value, 2, &none), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(read_from((struct tspdm_view){ value.ptr, 20 }, 1, &none), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(read_from(value, 1, &tagged), TSPDM_OK);
	oid_now = TSPDM_OID_TAGGED_EVIDENCE;
	assert_int_equal(tagged.evidence.tee, TSPDM_TEE_TDX);
	assert_int_equal(tagged.claims.len, 0);
	return tspdm_check_certificate_binding(crypto, &tagged, spki, report_data_of(&tagged.evidence));
}

static void a_bare_quote_commits_to_the_key_itself(void **state)
{
	static const uint8_t other[] = { 1, 2, 3 };

	(void)state;
	assert_int_equal(judge_bare(spki, 0), TSPDM_OK);
	assert_int_equal(judge_bare(spki, 1), TSPDM_ERR_EVIDENCE_KEY);
	assert_int_equal(judge_bare((struct tspdm_view){ other, sizeof other }, 0), TSPDM_ERR_EVIDENCE_KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conceptual_message_wrapper_is_taken_off),
		cmocka_unit_test(a_bare_quote_commits_to_the_key_itself),
	};

	return cmocka_run_group_tests_name("certificate_forms", tests, set_up, tear_down);
}
