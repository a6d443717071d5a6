/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The claims of a device's report: what the messages say, and what the certificate nearest to the leaf says of the device.
 * The whole is in the finding; these are the lines that stand beside those of TEE evidence. */
#include "report.h"

#include <tspdm/openssl.h>

static void claim_text(struct tspdm_claims *claims, const char *name, struct tspdm_view text)
{
	if (text.len != 0)
		tspdm_claims_text(claims, name, "%.*s", (int)(text.len < 63 ? text.len : 63), (const char *)text.ptr);
}

static void claim_name(struct tspdm_claims *claims, const char *name, enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	if (row != NULL)
		tspdm_claims_text(claims, name, "%s", row->name);
	else
		tspdm_claims_null(claims, name);
}

static void claim_tcb_info(struct tspdm_claims *claims, const struct tspdm_dice_tcb_info *info)
{
	claim_text(claims, "tcb_vendor", info->vendor);
	claim_text(claims, "tcb_model", info->model);
	claim_text(claims, "tcb_version", info->version);
	if (info->has_svn)
		tspdm_claims_number(claims, "tcb_svn", info->svn);
	if (info->has_layer)
		tspdm_claims_number(claims, "tcb_layer", info->layer);
	if (info->has_flags)
		tspdm_claims_flags(claims, "tcb_flags", info->flags);
	if (info->fwid_count != 0)
		tspdm_claims_bytes(claims, "fwid", info->fwids[0].digest);
}

static void claim_dice(struct tspdm_claims *claims, const struct tspdm_device_finding *out)
{
	bool has_info = false, has_ueid = false, has_name = false;

	for (unsigned i = out->certificate_count; i-- > 0;) { /* from the leaf on */
		const struct tspdm_dice *dice = &out->certificates[i].dice;

		if (!has_name)
			claim_text(claims, "device_info", dice->device_info);
		if (!has_ueid && dice->ueid.len != 0)
			tspdm_claims_bytes(claims, "ueid", dice->ueid);
		if (!has_info && dice->tcb_info_count != 0)
			claim_tcb_info(claims, &dice->tcb_infos[0]);
		has_name = has_name || dice->device_info.len != 0;
		has_ueid = has_ueid || dice->ueid.len != 0;
		has_info = has_info || dice->tcb_info_count != 0;
	}
}

void tspdm_report_claims(struct tspdm_device_finding *out)
{
	struct tspdm_claims *claims = &out->base.claims;
	char subject[256];

	tspdm_claims_text(claims, "spdm_version", "%u.%u", out->version >> 4, out->version & 0xFU);
	claim_name(claims, "base_asym", TSPDM_KIND_ASYM, out->asym);
	claim_name(claims, "base_hash", TSPDM_KIND_HASH, out->hash);
	claim_name(claims, "measurement_hash", TSPDM_KIND_MEASUREMENT_HASH, out->measurement_hash);
	tspdm_claims_number(claims, "slot", out->slot);
	tspdm_claims_number(claims, "blocks", out->block_count);
	tspdm_claims_bytes(claims, "requester_nonce", out->requester_nonce);
	tspdm_claims_bytes(claims, "responder_nonce", out->responder_nonce);
	tspdm_claims_bytes(claims, "opaque", out->opaque);
	if (tspdm_openssl_subject(out->certificates[out->certificate_count - 1].der, subject, sizeof subject) ==
		TSPDM_OK)
		tspdm_claims_text(claims, "leaf", "%s", subject);
	claim_dice(claims, out);
}
