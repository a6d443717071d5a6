/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading the genuine TDX and SGX samples. */
#include "dcap_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES TSPDM_SHARED_DIR "/testdata/"

const char *const dcap_tdx_names[] = { "tdx/01-v4-b0c06f-uptodate", "tdx/02-v5-td15-uptodate",
	"tdx/03-v4-spr-e4-notsupported", "tdx/04-v4-gcp-ccel", "tdx/05-v4-c0806f", "tdx/06-v5-td15-notsupported",
	"tdx/07-v4-azure", "tdx/08-v4-module00", "tdx/09-v4-platform-outofdate-module-uptodate", "tdx/10-v4-dstack",
	NULL };
const char *const dcap_sgx_names[] = { "sgx/01-v3-cfg-and-swh", "sgx/02-v3-swhardening", "sgx/03-v3-debug-outofdate",
	NULL };

bool dcap_samples_exist(void)
{
	return access(SAMPLES "tdx/README.md", R_OK) == 0 && access(SAMPLES "sgx/README.md", R_OK) == 0;
}

struct tspdm_view dcap_sample(const char *name)
{
	char path[512];
	struct tspdm_view out = { NULL, 0 };
	uint8_t *bytes;
	FILE *file;
	long len;

	snprintf(path, sizeof path, SAMPLES "%s", name);
	file = fopen(path, "rb");
	if (file == NULL)
		return out;
	if (fseek(file, 0, SEEK_END) == 0 && (len = ftell(file)) > 0 && fseek(file, 0, SEEK_SET) == 0) {
		bytes = malloc((size_t)len);
		if (bytes != NULL)
			out = (struct tspdm_view){ bytes, fread(bytes, 1, (size_t)len, file) };
	}
	fclose(file);
	return out;
}

void dcap_sample_free(struct tspdm_view view)
{
	free((void *)(uintptr_t)view.ptr);
}

static struct tspdm_view part(const struct dcap_case *c, const char *set, const char *file)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s/%s", c->name, set, file);
	return dcap_sample(path);
}

static void open_set(struct dcap_case *c, const json_t *evaluation, struct dcap_set *out)
{
	const char *at = json_string_value(json_object_get(evaluation, "at"));
	struct tspdm_dcap_collateral *to = &out->collateral;
	struct tm tm = { 0 };

	out->expected = evaluation;
	out->name = json_string_value(json_object_get(evaluation, "collateral"));
	if (at != NULL && strptime(at, "%Y-%m-%dT%H:%M:%S", &tm) != NULL)
		out->time = (int64_t)timegm(&tm);
	to->tcb_info = part(c, out->name, "tcb_info.json");
	to->qe_identity = part(c, out->name, "qe_identity.json");
	to->tcb_signing_chain = part(c, out->name, "tcb_signing_chain.pem");
	to->qe_identity_signing_chain = part(c, out->name, "qe_identity_signing_chain.pem");
	to->pck_crl = part(c, out->name, "pck_crl.der");
	to->pck_crl_issuer_chain = part(c, out->name, "pck_crl_issuer_chain.pem");
	to->root_ca_crl = part(c, out->name, "root_ca_crl.der");
}

bool dcap_case_open(struct dcap_case *out, const char *name)
{
	struct tspdm_view text;
	const json_t *list;

	*out = (struct dcap_case){ .tee = name[0] == 't' ? TSPDM_TEE_TDX : TSPDM_TEE_SGX };
	snprintf(out->name, sizeof out->name, "%s", name);
	out->quote = part(out, ".", "quote.bin");
	text = part(out, ".", "expected.json");
	out->expected = text.len != 0 ? json_loadb((const char *)text.ptr, text.len, 0, NULL) : NULL;
	dcap_sample_free(text);
	list = json_object_get(out->expected, "evaluations");
	for (size_t i = 0; i < json_array_size(list) && i < DCAP_SETS_MAX; i++)
		open_set(out, json_array_get(list, i), &out->sets[out->set_count++]);
	return out->quote.len != 0 && out->set_count != 0 && out->sets[0].time != 0;
}

void dcap_case_close(struct dcap_case *c)
{
	dcap_sample_free(c->quote);
	for (size_t i = 0; i < c->set_count; i++) {
		const struct tspdm_dcap_collateral *from = &c->sets[i].collateral;

		dcap_sample_free(from->tcb_info);
		dcap_sample_free(from->qe_identity);
		dcap_sample_free(from->tcb_signing_chain);
		dcap_sample_free(from->qe_identity_signing_chain);
		dcap_sample_free(from->pck_crl);
		dcap_sample_free(from->pck_crl_issuer_chain);
		dcap_sample_free(from->root_ca_crl);
	}
	json_decref(c->expected);
}

struct tspdm_dcap_input dcap_case_input(const struct dcap_case *c, const struct dcap_set *set)
{
	return (struct tspdm_dcap_input){ .size = sizeof(struct tspdm_dcap_input),
		.evidence = { .tee = c->tee, .report = c->quote },
		.collateral = set->collateral,
		.time = set->time };
}

enum tspdm_status dcap_verify(const struct tspdm_dcap_input *in, struct dcap_result *out)
{
	static struct tspdm_tdx_finding tdx;
	static struct tspdm_sgx_finding sgx;
	enum tspdm_status status;

	if (in->evidence.tee == TSPDM_TEE_TDX) {
		status = tspdm_tdx_verify(in, &tdx);
		*out = (struct dcap_result){ &tdx.base, &tdx.tcb, tdx.report.is_debug, tdx.crl_checked };
	} else {
		status = tspdm_sgx_verify(in, &sgx);
		*out = (struct dcap_result){ &sgx.base, &sgx.tcb, sgx.is_debug, sgx.crl_checked };
	}
	return status;
}
