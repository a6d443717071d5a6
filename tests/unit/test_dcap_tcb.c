/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Intel's matching of TCB levels on made-up collateral: what the genuine samples do not show. And collateral whose form is
 * wrong: signed or not, it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../backends/dcap/internal.h"
#include "dcap_texts.h"

static struct dcap_tcb_info info;
static struct dcap_qe_identity identity;

#define LEVEL(svn, status)                                                                                             \
	"{\"tcb\":{\"isvsvn\":" svn "},\"tcbDate\":\"2099-01-01T00:00:00Z\",\"tcbStatus\":\"" status "\"}"
#define MODULE_1(levels) "{\"id\":\"TDX_01\"," MODULE ",\"tcbLevels\":[" levels "]}"
/* served in the wrong order */
#define MODULES MODULE_1(LEVEL("2", "OutOfDate") "," LEVEL("6", "UpToDate"))

static struct tspdm_view view(const char *text)
{
	return (struct tspdm_view){ (const uint8_t *)text, strlen(text) };
}

static const struct evaluation {
	const char *name;
	struct text_level levels[2];
	const char *qe;
	uint8_t sgx0;     /* of the platform */
	uint8_t svn[3];   /* of the TD */
	uint8_t svn_2[3]; /* TD 1.5; all zero: TD 1.0 */
	enum tspdm_tcb_status want;
} evaluations[] = {
	/* clang-format off */
	{ "all new", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 6, 1, 3 }, { 0 }, TSPDM_TCB_UP_TO_DATE },
	{ "second level", { { 6, 9, 3, "UpToDate" }, { 5, 9, 3, "SWHardeningNeeded" } }, "UpToDate", 5, { 6, 1, 3 }, { 0 },
		TSPDM_TCB_SW_HARDENING_NEEDED },
	{ "levels in the wrong order", { { 4, 0, 0, "OutOfDate" }, { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 6, 1, 3 },
		{ 0 }, TSPDM_TCB_UP_TO_DATE },
	{ "below every level", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 4, { 6, 1, 3 }, { 0 }, TSPDM_TCB_NOT_SUPPORTED },
	{ "SEAM loader below", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 6, 1, 2 }, { 0 }, TSPDM_TCB_NOT_SUPPORTED },
	{ "module old", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 5, 1, 3 }, { 0 }, TSPDM_TCB_OUT_OF_DATE },
	{ "module old, configuration", { { 5, 9, 3, "ConfigurationNeeded" } }, "UpToDate", 5, { 5, 1, 3 }, { 0 },
		TSPDM_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
	{ "module below every level", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 1, 1, 3 }, { 0 },
		TSPDM_TCB_NOT_SUPPORTED },
	{ "module unknown", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 6, 2, 3 }, { 0 }, TSPDM_TCB_NOT_SUPPORTED },
	{ "no module number", { { 5, 3, 3, "UpToDate" } }, "UpToDate", 5, { 3, 0, 3 }, { 0 }, TSPDM_TCB_UP_TO_DATE },
	{ "no module number, old", { { 5, 4, 3, "UpToDate" } }, "UpToDate", 5, { 3, 0, 3 }, { 0 }, TSPDM_TCB_NOT_SUPPORTED },
	{ "revoked platform", { { 5, 9, 3, "Revoked" } }, "OutOfDate", 5, { 5, 1, 3 }, { 0 }, TSPDM_TCB_REVOKED },
	{ "revoked quoting enclave", { { 5, 9, 3, "UpToDate" } }, "Revoked", 5, { 6, 1, 3 }, { 0 }, TSPDM_TCB_REVOKED },
	{ "quoting enclave old", { { 5, 9, 3, "SWHardeningNeeded" } }, "OutOfDate", 5, { 6, 1, 3 }, { 0 },
		TSPDM_TCB_OUT_OF_DATE },
	{ "relaunch", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 5, 1, 3 }, { 6, 1, 3 }, TSPDM_TCB_TD_RELAUNCH_ADVISED },
	{ "relaunch, configuration", { { 5, 9, 3, "ConfigurationNeeded" } }, "UpToDate", 5, { 5, 1, 3 }, { 6, 1, 3 },
		TSPDM_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED },
	{ "no relaunch helps: module still old", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 5, 1, 3 }, { 5, 1, 3 },
		TSPDM_TCB_OUT_OF_DATE },
	{ "no relaunch helps: loader old", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 5, 1, 3 }, { 6, 1, 2 },
		TSPDM_TCB_OUT_OF_DATE },
	{ "no relaunch helps: module unknown", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 5, 1, 3 }, { 6, 2, 3 },
		TSPDM_TCB_OUT_OF_DATE },
	{ "no relaunch helps: quoting enclave", { { 5, 9, 3, "UpToDate" } }, "OutOfDate", 5, { 5, 1, 3 }, { 6, 1, 3 },
		TSPDM_TCB_OUT_OF_DATE },
	{ "no relaunch helps: platform", { { 5, 9, 3, "OutOfDate" } }, "UpToDate", 5, { 5, 1, 3 }, { 6, 1, 3 },
		TSPDM_TCB_OUT_OF_DATE },
	{ "relaunch to a module without number", { { 5, 9, 3, "UpToDate" } }, "UpToDate", 5, { 5, 1, 3 }, { 9, 0, 3 },
		TSPDM_TCB_TD_RELAUNCH_ADVISED },
	/* clang-format on */
};

static enum tspdm_tcb_status evaluate(const struct evaluation *e)
{
	struct tspdm_pck pck = { .is_read = true, .pce_svn = 11 };
	struct tspdm_sgx_report qe = { .isv_svn = 4 };
	struct tspdm_td_report td = { .is_td15 = e->svn_2[2] != 0 };
	struct dcap_platform platform = { &pck, &qe, &td };
	static struct tspdm_tcb tcb;
	static char text[DCAP_TEXT_MAX];
	const char *why;

	pck.component_svn[0] = e->sgx0;
	memcpy(td.tee_tcb_svn, e->svn, sizeof e->svn);
	memcpy(td.tee_tcb_svn_2, e->svn_2, sizeof e->svn_2);
	build_tcb_info(text, "00906ED50000", e->levels, e->levels[1].status != NULL ? 2 : 1, MODULES);
	assert_true(tspdm_dcap_read_tcb_info(view(text), true, &info, &why));
	build_qe_identity(text, e->qe);
	assert_true(tspdm_dcap_read_qe_identity(view(text), true, &identity, &why));
	memset(&tcb, 0, sizeof tcb);
	tspdm_dcap_evaluate(&platform, &info, &identity, &tcb);
	return tcb.status;
}

static void levels_are_matched_as_intel_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof evaluations / sizeof evaluations[0]; i++) {
		enum tspdm_tcb_status got = evaluate(&evaluations[i]);

		if (got != evaluations[i].want)
			fail_msg("%s: %s instead of %s", evaluations[i].name, tspdm_tcb_status_name(got),
				tspdm_tcb_status_name(evaluations[i].want));
	}
}

static void convergence_never_makes_a_status_better(void **state)
{
	(void)state;
	for (unsigned a = TSPDM_TCB_UP_TO_DATE; a <= TSPDM_TCB_NOT_SUPPORTED; a++) {
		assert_int_equal(tspdm_dcap_converge(a, TSPDM_TCB_UP_TO_DATE), a);
		assert_int_equal(tspdm_dcap_converge(a, TSPDM_TCB_NOT_SUPPORTED), TSPDM_TCB_NOT_SUPPORTED);
		for (unsigned b = TSPDM_TCB_UP_TO_DATE; b <= TSPDM_TCB_NOT_SUPPORTED; b++)
			if (a != TSPDM_TCB_UP_TO_DATE)
				assert_int_not_equal(tspdm_dcap_converge(a, b), TSPDM_TCB_UP_TO_DATE);
	}
}

static void statuses_and_names_correspond(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= TSPDM_TCB_NOT_SUPPORTED; i++)
		assert_int_equal(tspdm_tcb_status_of_name(tspdm_tcb_status_name(i)), i);
	assert_int_equal(tspdm_tcb_status_of_name("uptodate"), TSPDM_TCB_NOT_EVALUATED);
	assert_int_equal(tspdm_tcb_status_of_name(""), TSPDM_TCB_NOT_EVALUATED);
}

static const struct text_level good = { 5, 9, 3, "UpToDate" };

/* One text in place of another, and the key that is told. */
static const struct edit {
	const char *from, *to, *key;
} edits[] = {
	{ "\"id\":\"TDX\"", "\"id\":\"SGX\"", "id" },
	{ "\"id\":\"TDX\",", "", "id" },
	{ "\"version\":3", "\"version\":2", "version" },
	{ "\"version\":3", "\"version\":\"3\"", "version" },
	{ "\"version\":3", "\"version\":-1", "version" },
	{ "2099-12-20T00:00:00Z", "2099-12-20T00:00:00", "issueDate" },
	{ "2099-12-20T00:00:00Z", "2099-13-20T00:00:00Z", "issueDate" },
	{ "2099-12-20T00:00:00Z", "2099-02-30T00:00:00Z", "issueDate" },
	{ "2100-01-19T00:00:00Z", "2100-1-19T00:00:00Z", "nextUpdate" },
	{ "00906ED50000", "00906ED5000", "fmspc" },
	{ "00906ED50000", "00906ED5000g", "fmspc" },
	{ "\"pceId\":\"0000\"", "\"pceId\":0", "pceId" },
	{ "\"tcbType\":0", "\"tcbType\":1", "tcbType" },
	{ "\"tcbEvaluationDataNumber\":20", "\"tcbEvaluationDataNumber\":4294967316", "tcbEvaluationDataNumber" },
	{ "\"tdxModule\":{", "\"tdxModul\":{", "tdxModule" },
	{ "\"attributesMask\":\"FFFFFFFFFFFFFFFF\"", "\"attributesMask\":\"FF\"", "attributesMask" },
	{ "\"id\":\"TDX_01\"", "\"id\":\"TDX_0001\"", "id" },
	{ "{\"svn\":5}", "{\"svn\":256}", "svn" },
	{ "{\"svn\":5},", "", "sgxtcbcomponents" },
	{ "\"pcesvn\":11", "\"pcesvn\":65536", "pcesvn" },
	{ "\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"Fine\"", "tcbStatus" },
	{ "\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"NotEvaluated\"", "tcbStatus" },
	{ "\"advisoryIDs\":[\"INTEL-SA-00001\"]", "\"advisoryIDs\":[\"INTEL SA\"]", "advisoryIDs" },
	{ "\"advisoryIDs\":[\"INTEL-SA-00001\"]", "\"advisoryIDs\":7", "advisoryIDs" },
	{ "\"pceId\":\"0000\"", "\"pceId\":\"0000\",\"pceId\":\"0001\"", "tcbInfo" },
	{ "]}", "]", "tcbInfo" },
};

static void a_malformed_tcb_info_is_refused_by_its_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		static char text[DCAP_TEXT_MAX], edited[DCAP_TEXT_MAX];
		const char *why;
		char *at;

		build_tcb_info(text, "00906ED50000", &good, 1, MODULES);
		at = strstr(text, edits[i].from);
		assert_non_null(at);
		snprintf(edited, sizeof edited, "%.*s%s%s", (int)(at - text), text, edits[i].to,
			at + strlen(edits[i].from));
		if (tspdm_dcap_read_tcb_info(view(edited), true, &info, &why))
			fail_msg("taken with %s", edits[i].to);
		assert_string_equal(why, edits[i].key);
	}
}

static void a_tcb_info_cut_anywhere_is_refused(void **state)
{
	static char text[DCAP_TEXT_MAX];
	const char *why;

	(void)state;
	build_tcb_info(text, "00906ED50000", &good, 1, NULL);
	assert_true(tspdm_dcap_read_tcb_info(view(text), true, &info, &why));
	assert_false(tspdm_dcap_read_tcb_info(view(text), false, &info, &why));
	for (size_t len = 0; len < strlen(text); len++)
		assert_false(tspdm_dcap_read_tcb_info((struct tspdm_view){ view(text).ptr, len }, true, &info, &why));
}

#define SIGNATURE                                                                                                      \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"                                             \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void the_signed_bytes_are_cut_out_verbatim(void **state)
{
	static const char body[] = "{\"a\" : {\"b\":\"}\\\"{\"}, \"c\":[{}]\n}";
	static const char *const forms[] = { "{\"tcbInfo\":%s,\"signature\":\"%s\"}",
		" {\n\"tcbInfo\" : %s ,\t\"signature\": \"%s\"}\r\n" };
	char text[1024];
	struct tspdm_view object;
	uint8_t signature[P256_SIGNATURE_LEN];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof text, forms[i], body, SIGNATURE);
		assert_true(tspdm_dcap_cut_signed(view(text), "tcbInfo", &object, signature));
		assert_int_equal(object.len, strlen(body));
		assert_memory_equal(object.ptr, body, object.len);
		assert_int_equal(signature[63], 0xFF);
	}
	snprintf(text, sizeof text, "{\"signature\":\"%s\",\"tcbInfo\":%s}", SIGNATURE, body);
	assert_true(tspdm_dcap_cut_signed(view(text), "tcbInfo", &object, signature));
}

static void what_has_more_than_one_meaning_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"{\"tcbInfo\":{},\"signature\":\"" SIGNATURE "\"",
		"{\"tcbInfo\":{},\"signature\":\"" SIGNATURE "\"}x",
		"{\"tcbInfo\":{},\"signature\":\"" SIGNATURE "\",\"signature\":\"" SIGNATURE "\"}",
		"{\"tcbInfo\":{},\"tcbInfo\":{}}",
		"{\"tcbInfo\":{},\"tcbInfo\":{},\"signature\":\"" SIGNATURE "\"}",
		"{\"tcbInfo\":[],\"signature\":\"" SIGNATURE "\"}",
		"{\"tcbInfo\":\"{}\",\"signature\":\"" SIGNATURE "\"}",
		"{\"tcbInfo\":{},\"signature\":\"0" SIGNATURE "\"}",
		"{\"tcbInfo\":{},\"signature\":\"\"}",
		"{\"tcbInfo\":{},\"signature\":\"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}",
		"{\"enclaveIdentity\":{},\"signature\":\"" SIGNATURE "\"}",
		"{\"tcbInf\\u006f\":{},\"signature\":\"" SIGNATURE "\"}",
		"{\"tcbInfo\":{\"}\",\"signature\":\"" SIGNATURE "\"}",
		"{\"tcbInfo\":{{{{{{{{",
		"{\"tcbInfo\":{\"\\",
		"[{\"tcbInfo\":{},\"signature\":\"" SIGNATURE "\"}]",
	};
	struct tspdm_view object;
	uint8_t signature[P256_SIGNATURE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (tspdm_dcap_cut_signed(view(texts[i]), "tcbInfo", &object, signature))
			fail_msg("taken: %s", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_matched_as_intel_says),
		cmocka_unit_test(convergence_never_makes_a_status_better),
		cmocka_unit_test(statuses_and_names_correspond),
		cmocka_unit_test(a_malformed_tcb_info_is_refused_by_its_key),
		cmocka_unit_test(a_tcb_info_cut_anywhere_is_refused),
		cmocka_unit_test(the_signed_bytes_are_cut_out_verbatim),
		cmocka_unit_test(what_has_more_than_one_meaning_is_refused),
	};

	return cmocka_run_group_tests_name("dcap tcb", tests, NULL, NULL);
}
