/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The search for the TEE around the program: what is taken, and what is said of the rest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <tspdm/hardware_tee.h>

static char text[TSPDM_HARDWARE_TEE_TEXT_MAX];

/* A /dev/sev-guest that can be opened, and one that may not. */
static int opens(const char *path, int flags)
{
	(void)path;
	(void)flags;
	return 5;
}

static int may_not_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	errno = EACCES;
	return -1;
}

static int closes(int file)
{
	return file == 5 ? 0 : -1;
}

static int refuses(int file, unsigned long request, void *argument)
{
	(void)file;
	(void)request;
	(void)argument;
	errno = EIO;
	return -1;
}

static const char *enclave_root; /* NULL: none */

static enum tspdm_status search(
	enum tspdm_tee kind, int (*open_file)(const char *, int), struct tspdm_evidence_source **source)
{
	const struct tspdm_sev_guest_calls calls = {
		.size = sizeof calls, .open_file = open_file, .control = refuses, .close_file = closes
	};
	static struct tspdm_sev_guest_calls kept; /* outlives the source */
	const struct tspdm_configfs_tsm_config tsm = { .size = sizeof tsm, .root = "/nonexistent/tsm/report" };
	struct tspdm_sev_guest_config guest = {
		.size = sizeof guest, .path = "/nonexistent/sev-guest", .calls = &kept
	};
	const struct tspdm_tdx_guest_config td = { .size = sizeof td, .path = "/nonexistent/tdx" };
	const struct tspdm_sgx_attestation_config enclave = { .size = sizeof enclave,
		.root = enclave_root != NULL ? enclave_root : "/nonexistent/attestation" };
	const struct tspdm_hardware_tee_config config = { .size = sizeof config,
		.kind = kind,
		.text = text,
		.text_cap = sizeof text,
		.configfs_tsm = &tsm,
		.sev_guest = &guest,
		.tdx_guest = &td,
		.sgx_attestation = &enclave };

	kept = calls;
	if (open_file == NULL)
		guest.calls = NULL; /* the system's own calls, which find no such device */
	*source = NULL;
	memset(text, 'x', sizeof text);
	return tspdm_hardware_tee_open(&config, source);
}

static void where_there_is_none_each_place_is_named(void **state)
{
	struct tspdm_evidence_source *source;

	(void)state;
	assert_int_equal(search(TSPDM_TEE_NONE, NULL, &source), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_null(source);
	assert_non_null(strstr(text, "/nonexistent/tsm/report"));
	assert_non_null(strstr(text, "/nonexistent/sev-guest"));
	assert_non_null(strstr(text, "/nonexistent/tdx"));
	assert_non_null(strstr(text, "/nonexistent/attestation"));
	assert_null(strstr(text, "using"));
}

static void the_device_is_taken_where_configfs_is_not(void **state)
{
	struct tspdm_evidence_source *source;

	(void)state;
	assert_int_equal(search(TSPDM_TEE_NONE, opens, &source), TSPDM_OK);
	assert_int_equal(source->ops->tee, TSPDM_TEE_SEV_SNP);
	assert_non_null(strstr(text, "/nonexistent/tsm/report"));
	assert_non_null(strstr(text, "using"));
	assert_string_equal(tspdm_hardware_tee_reason(source), "");
	tspdm_hardware_tee_close(source);
}

static void a_device_that_may_not_be_opened_is_said_so(void **state)
{
	struct tspdm_evidence_source *source;

	(void)state;
	assert_int_equal(search(TSPDM_TEE_SEV_SNP, may_not_open, &source), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_null(source);
	assert_non_null(strstr(text, "only root may"));
}

static void another_kind_is_not_taken(void **state)
{
	struct tspdm_evidence_source *source;

	(void)state;
	assert_int_equal(search(TSPDM_TEE_TDX, opens, &source), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_null(source);
	assert_non_null(strstr(text, "not tdx"));
}

/* Real files in a directory stand in for those that a library OS shows. */
static void put_file(const char *root, const char *name, const char *content)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *root, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", root, name);
	assert_int_equal(unlink(path), 0);
}

static void an_enclave_is_found_by_its_files(void **state)
{
	char root[] = "/tmp/tspdm-attestation-XXXXXX";
	struct tspdm_evidence_source *source;

	(void)state;
	assert_non_null(mkdtemp(root));
	put_file(root, "attestation_type", "dcap");
	enclave_root = root;
	assert_int_equal(search(TSPDM_TEE_SEV_SNP, NULL, &source), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(text, "this is sgx, not sev-snp"));
	assert_int_equal(search(TSPDM_TEE_SGX, NULL, &source), TSPDM_OK);
	assert_int_equal(source->ops->tee, TSPDM_TEE_SGX);
	assert_non_null(strstr(text, "/nonexistent/tdx"));
	assert_non_null(strstr(text, "; using /tmp/tspdm-attestation-"));
	tspdm_hardware_tee_close(source);
	assert_int_equal(search(TSPDM_TEE_NONE, NULL, &source), TSPDM_OK);
	tspdm_hardware_tee_close(source);
	put_file(root, "attestation_type", "none");
	assert_int_equal(search(TSPDM_TEE_NONE, NULL, &source), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(text, "enables no remote attestation"));
	remove_file(root, "attestation_type");
	assert_int_equal(rmdir(root), 0);
	enclave_root = NULL;
}

static void wrong_configurations_are_refused(void **state)
{
	struct tspdm_hardware_tee_config config = { .size = sizeof config };
	struct tspdm_evidence_source *source;

	(void)state;
	assert_int_equal(tspdm_hardware_tee_open(NULL, &source), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_hardware_tee_open(&config, NULL), TSPDM_ERR_ARGUMENT);
	config.size--;
	assert_int_equal(tspdm_hardware_tee_open(&config, &source), TSPDM_ERR_ARGUMENT);
	config.size++;
	config.reserved = 1;
	assert_int_equal(tspdm_hardware_tee_open(&config, &source), TSPDM_ERR_UNSUPPORTED);
	tspdm_hardware_tee_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_there_is_none_each_place_is_named),
		cmocka_unit_test(the_device_is_taken_where_configfs_is_not),
		cmocka_unit_test(a_device_that_may_not_be_opened_is_said_so),
		cmocka_unit_test(another_kind_is_not_taken),
		cmocka_unit_test(an_enclave_is_found_by_its_files),
		cmocka_unit_test(wrong_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
