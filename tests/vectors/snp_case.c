/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading the genuine SEV-SNP samples. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "snp_case.h"

#define SAMPLES TSPDM_SHARED_DIR "/testdata/snp/"

enum { SAMPLE_MAX = 65536 };

const char *const snp_case_names[SNP_CASE_COUNT] = {
	"01-milan-v2-debug",
	"02-milan-v2",
	"03-genoa-v3-auxblob",
	"04-milan-v3-vlek-vmpl1",
	"05-genoa-v5-mitvector",
	"06-milan-v3-azure",
	"07-milan-v2-tcb-rollback-reported",
	"08-milan-v3-oak",
	"09-milan-v3-dstack",
	"10-milan-v2-constellation",
};

bool snp_samples_exist(void)
{
	return access(SAMPLES "README.md", R_OK) == 0;
}

struct tspdm_view snp_sample(const char *name)
{
	char path[512];
	uint8_t *bytes = malloc(SAMPLE_MAX);
	FILE *file;
	size_t len;

	snprintf(path, sizeof path, SAMPLES "%s", name);
	file = fopen(path, "rb");
	if (file == NULL || bytes == NULL) {
		free(bytes);
		return (struct tspdm_view){ NULL, 0 };
	}
	len = fread(bytes, 1, SAMPLE_MAX, file);
	fclose(file);
	return (struct tspdm_view){ bytes, len };
}

void snp_sample_free(struct tspdm_view view)
{
	free((void *)(uintptr_t)view.ptr);
}

static struct tspdm_view part(const char *name, const char *file)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", name, file);
	return snp_sample(path);
}

static int64_t read_time(json_t *object, const char *key)
{
	struct tm tm = { 0 };
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) != NULL ? (int64_t)timegm(&tm) : 0;
}

bool snp_case_open(struct snp_case *out, const char *name)
{
	struct tspdm_view text = part(name, "expected.json");
	json_t *key;

	*out = (struct snp_case){ .name = name, .report = part(name, "report.bin"), .ark = part(name, "ark.der") };
	out->auxblob = part(name, "auxblob.bin");
	out->expected = text.len != 0 ? json_loadb((const char *)text.ptr, text.len, 0, NULL) : NULL;
	snp_sample_free(text);
	key = json_object_get(out->expected, "endorsement_key");
	if (key == NULL)
		return false;
	out->is_vlek = strcmp(json_string_value(json_object_get(key, "kind")), "VLEK") == 0;
	out->ek = part(name, out->is_vlek ? "vlek.der" : "vcek.der");
	out->ca = part(name, out->is_vlek ? "asvk.der" : "ask.der");
	out->not_before = read_time(key, "not_before");
	out->not_after = read_time(key, "not_after");
	return out->report.len != 0 && out->ek.len != 0 && out->ca.len != 0 && out->ark.len != 0 &&
	       out->not_before != 0;
}

void snp_case_close(struct snp_case *c)
{
	snp_sample_free(c->report);
	snp_sample_free(c->ek);
	snp_sample_free(c->ca);
	snp_sample_free(c->ark);
	snp_sample_free(c->auxblob);
	json_decref(c->expected);
}

struct tspdm_snp_input snp_case_input(const struct snp_case *c, struct tspdm_view certificates[3])
{
	certificates[0] = c->ek;
	certificates[1] = c->ca;
	certificates[2] = c->ark;
	return (struct tspdm_snp_input){
		.size = sizeof(struct tspdm_snp_input),
		.evidence = { .tee = TSPDM_TEE_SEV_SNP, .report = c->report },
		.certificates = certificates,
		.certificate_count = 3,
		.time = c->not_before + 86400,
	};
}
