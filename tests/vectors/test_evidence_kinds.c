/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Genuine reports and quotes of each TEE are recognised for what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/evidence.h>

#define SAMPLES TSPDM_SHARED_DIR "/testdata/"

enum { SAMPLE_MAX = 65536 };

static uint8_t sample[SAMPLE_MAX];

static size_t load(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t len;

	if (file == NULL)
		return 0;
	len = fread(sample, 1, sizeof sample, file);
	fclose(file);
	return len;
}

/* Looks at the files of this name in each case of a TEE. @returns how many there were */
static unsigned look_at_all(const char *tee_dir, const char *file, enum tspdm_tee tee)
{
	char path[512];
	DIR *cases;
	unsigned count = 0;

	snprintf(path, sizeof path, SAMPLES "%s", tee_dir);
	cases = opendir(path);
	for (struct dirent *entry; cases != NULL && (entry = readdir(cases)) != NULL;) {
		struct tspdm_evidence out;
		size_t len;

		snprintf(path, sizeof path, SAMPLES "%s/%.64s/%s", tee_dir, entry->d_name, file);
		len = load(path);
		if (len == 0)
			continue;
		count++;
		assert_int_equal(tspdm_read_evidence((struct tspdm_view){ sample, len }, &out), TSPDM_OK);
		assert_int_equal(out.tee, tee);
		assert_true(out.report.len > 1000 && out.report.len <= len);
		assert_int_equal(out.certificates.len, 0);
		if (tee != TSPDM_TEE_SEV_SNP) /* a quote's length is told by itself: it cannot be cut */
			assert_int_equal(tspdm_read_evidence((struct tspdm_view){ sample, out.report.len - 1 }, &out),
				TSPDM_ERR_EVIDENCE_FORM);
	}
	if (cases != NULL)
		closedir(cases);
	return count;
}

static void genuine_evidence_is_recognised(void **state)
{
	(void)state;
	assert_true(look_at_all("snp", "report.bin", TSPDM_TEE_SEV_SNP) >= 10);
	assert_true(look_at_all("tdx", "quote.bin", TSPDM_TEE_TDX) >= 10);
	assert_true(look_at_all("tdx", "quote_as_read.bin", TSPDM_TEE_TDX) >= 1);
	assert_true(look_at_all("sgx", "quote.bin", TSPDM_TEE_SGX) >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(genuine_evidence_is_recognised) };

	if (load(SAMPLES "snp/README.md") == 0) {
		printf("1..0 # SKIP no samples in " SAMPLES "\n");
		return 77;
	}
	return cmocka_run_group_tests_name("evidence-kinds", tests, NULL, NULL);
}
