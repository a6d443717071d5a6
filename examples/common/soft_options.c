/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the software TEE plays, for tests: the options of both programs. */
#include <stdio.h>
#include <string.h>

#include "tee.h"

void soft_default(struct tee_options *o)
{
	o->soft = (struct tspdm_soft_tee_config){ .size = sizeof o->soft, .kind = TSPDM_TEE_SEV_SNP };
}

bool soft_take_kind(struct tee_options *o, const char *value, char *why)
{
	static const enum tspdm_tee kinds[] = { TSPDM_TEE_SEV_SNP, TSPDM_TEE_TDX, TSPDM_TEE_SGX };

	o->given = "soft-kind";
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(tspdm_tee_name(kinds[i]), value) == 0) {
			o->soft.kind = kinds[i];
			return true;
		}
	return refuse(why, o->given, value, "must be sev-snp, tdx or sgx");
}

bool soft_take_seed(struct tee_options *o, const char *value, char *why)
{
	unsigned long seed;

	o->given = "soft-seed";
	if (!take_number(value, 0, UINT32_MAX, &seed))
		return refuse(why, o->given, value, "must be 0 to 4294967295");
	o->soft.seed = (uint32_t)seed;
	return true;
}

bool soft_take_measurement(struct tee_options *o, const char *value, char *why)
{
	size_t len;

	o->given = "soft-measurement";
	return (take_hex(value, o->soft.measurement, sizeof o->soft.measurement, &len) &&
		       len == sizeof o->soft.measurement) ||
	       refuse(why, o->given, value, "must be 48 bytes in hex");
}

static bool take_defect(const char *item, void *to)
{
	static const char *const names[] = { "flip-signature", "flip-report", "debug", "wrong-report-data", "replay",
		"wrong-hwid", "wrong-tcb", "expired", "foreign-root", "unsigned", "no-certificates", "migration",
		"revoked", "wrong-key-kind" };

	/* the order is that of the bits of enum tspdm_soft_defect */
	_Static_assert(1 << (COUNT(names) - 1) == TSPDM_SOFT_WRONG_KEY_KIND, "each defect has a name");
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], item) == 0) {
			*(uint32_t *)to |= 1U << i;
			return true;
		}
	return false;
}

bool soft_take_defect(struct tee_options *o, const char *value, char *why)
{
	o->given = "soft-defect";
	return take_list(value, take_defect, &o->soft.defects) ||
	       refuse(why, o->given, value, "must be a list of defects as flip-signature; see tspdm-attester(1)");
}

bool soft_take_report_version(struct tee_options *o, const char *value, char *why)
{
	unsigned long version;

	o->given = "soft-report-version";
	if (!take_number(value, 2, 5, &version))
		return refuse(why, o->given, value, "must be 2, 3 or 5; of TDX 4 or 5, of SGX 3");
	o->soft.report_version = (uint32_t)version;
	return true;
}

/* Reports have versions 2, 3 and 5; TDX quotes 4 and 5, SGX quotes 3. */
static bool has_report_version(const struct tspdm_soft_tee_config *soft)
{
	uint32_t version = soft->report_version;

	switch (soft->kind) {
	case TSPDM_TEE_TDX:
		return version == 0 || version == 4 || version == 5;
	case TSPDM_TEE_SGX:
		return version == 0 || version == 3;
	default:
		return version != 4;
	}
}

bool soft_check(const struct tee_options *o, char *why)
{
	if (o->given != NULL && o->choice != CHOICE_SOFT)
		snprintf(why, WHY_MAX, "--%s goes with --tee soft", o->given);
	else if (!has_report_version(&o->soft))
		snprintf(why, WHY_MAX, "--soft-report-version must be 2, 3 or 5; of TDX 4 or 5, of SGX 3");
	else
		return true;
	return false;
}
