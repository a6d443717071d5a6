/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The six messages that a report from 1.2 on is signed together with: what was negotiated, and that it hangs together. A
 * device signs what it heard; whoever shows a report may have asked for the weakest it has, so what was chosen is told, and
 * is for a policy to judge. */
#include "report.h"

#include "base/cursor.h"

/* Takes a message off the front. */
static void advance(struct tspdm_view *rest, size_t used)
{
	rest->ptr += used;
	rest->len -= used;
}

static bool has_version(const struct tspdm_version_response *offer, uint8_t version)
{
	for (unsigned i = 0; i < offer->entry_count; i++) {
		uint16_t entry = tspdm_version_entry(offer, i);

		if (entry >> 8 == version && (entry & 0xFU) == 0) /* alpha versions are nobody's */
			return true;
	}
	return false;
}

static enum tspdm_status read_version(struct tspdm_view *rest, uint8_t version)
{
	struct tspdm_version_response offer;
	struct tspdm_header header;
	size_t used;

	TSPDM_TRY(tspdm_read_header(*rest, &header));
	if (header.code != TSPDM_GET_VERSION)
		return TSPDM_ERR_CODE;
	advance(rest, 4);
	TSPDM_TRY(tspdm_read_version(*rest, &offer, &used));
	advance(rest, used);
	return has_version(&offer, version) ? TSPDM_OK : TSPDM_ERR_VERSION;
}

/* Each later message is of the version of the report. */
static enum tspdm_status check_version(struct tspdm_view rest, uint8_t version)
{
	struct tspdm_header header;

	TSPDM_TRY(tspdm_read_header(rest, &header));
	return header.version == version ? TSPDM_OK : TSPDM_ERR_VERSION;
}

static enum tspdm_status read_capabilities(
	struct tspdm_view *rest, const struct tspdm_shape *shape, struct report_vca *out)
{
	struct tspdm_capabilities capabilities;
	size_t used;

	TSPDM_TRY(check_version(*rest, shape->version));
	TSPDM_TRY(tspdm_read_get_capabilities(*rest, shape, &capabilities, &used));
	advance(rest, used);
	TSPDM_TRY(check_version(*rest, shape->version));
	TSPDM_TRY(tspdm_read_capabilities(*rest, shape, &capabilities, &used));
	advance(rest, used);
	out->is_alias = (capabilities.flags & TSPDM_CAP_ALIAS_CERT) != 0;
	return TSPDM_OK;
}

static bool is_choice(uint32_t selected, uint32_t offered)
{
	return selected != 0 && (selected & (selected - 1)) == 0 && (selected & offered) != 0;
}

static enum tspdm_status read_algorithms(
	struct tspdm_view *rest, const struct tspdm_shape *shape, struct report_vca *out)
{
	struct tspdm_negotiate_algorithms offer;
	struct tspdm_algorithms choice;
	size_t used;

	TSPDM_TRY(check_version(*rest, shape->version));
	TSPDM_TRY(tspdm_read_negotiate_algorithms(*rest, shape, &offer, &used));
	advance(rest, used);
	TSPDM_TRY(check_version(*rest, shape->version));
	TSPDM_TRY(tspdm_read_algorithms(*rest, shape, &choice, &used));
	advance(rest, used);
	if (!is_choice(choice.base_asym, offer.base_asym) || !is_choice(choice.base_hash, offer.base_hash) ||
		!is_choice(choice.measurement_specification, offer.measurement_specification))
		return TSPDM_ERR_NOT_OFFERED;
	out->asym = choice.base_asym;
	out->hash = choice.base_hash;
	out->measurement_hash = choice.measurement_hash;
	out->measurement_specification = choice.measurement_specification;
	return TSPDM_OK;
}

enum tspdm_status tspdm_report_read_vca(struct tspdm_view vca, uint8_t version, struct report_vca *out)
{
	const struct tspdm_shape shape = { .version = version };

	*out = (struct report_vca){ .version = version };
	TSPDM_TRY(read_version(&vca, version));
	TSPDM_TRY(read_capabilities(&vca, &shape, out));
	TSPDM_TRY(read_algorithms(&vca, &shape, out));
	return vca.len == 0 ? TSPDM_OK : TSPDM_ERR_TRAILING;
}
