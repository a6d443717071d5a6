/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The TD report of a quote: its layout. Intel TDX DCAP quote formats "TD quote body". */
#include "base/cursor.h"
#include <tspdm/tdx.h>

enum { TD10_LEN = 584, TD15_LEN = 648 };

static void copy(struct reader *r, uint8_t *out, size_t len)
{
	struct tspdm_view field = read_view(r, len);

	if (field.len == len)
		memcpy(out, field.ptr, len);
}

static uint64_t number(const uint8_t bytes[8])
{
	struct reader r = reader_of((struct tspdm_view){ bytes, 8 });

	return read_u64(&r);
}

enum tspdm_status tspdm_tdx_read_report(struct tspdm_view bytes, struct tspdm_td_report *out)
{
	struct reader r = reader_of(bytes);

	*out = (struct tspdm_td_report){ .is_td15 = bytes.len == TD15_LEN };
	if (bytes.len != TD10_LEN && bytes.len != TD15_LEN)
		return TSPDM_ERR_EVIDENCE_FORM;
	copy(&r, out->tee_tcb_svn, sizeof out->tee_tcb_svn);
	copy(&r, out->mr_seam, sizeof out->mr_seam);
	copy(&r, out->mr_signer_seam, sizeof out->mr_signer_seam);
	copy(&r, out->seam_attributes, sizeof out->seam_attributes);
	copy(&r, out->td_attributes, sizeof out->td_attributes);
	copy(&r, out->xfam, sizeof out->xfam);
	copy(&r, out->mr_td, sizeof out->mr_td);
	copy(&r, out->mr_config_id, sizeof out->mr_config_id);
	copy(&r, out->mr_owner, sizeof out->mr_owner);
	copy(&r, out->mr_owner_config, sizeof out->mr_owner_config);
	for (size_t i = 0; i < 4; i++)
		copy(&r, out->rtmr[i], sizeof out->rtmr[i]);
	copy(&r, out->report_data, sizeof out->report_data);
	if (out->is_td15) {
		copy(&r, out->tee_tcb_svn_2, sizeof out->tee_tcb_svn_2);
		copy(&r, out->mr_service_td, sizeof out->mr_service_td);
	}
	out->attributes = number(out->td_attributes);
	out->is_debug = (out->attributes & TSPDM_TDX_ATTRIBUTE_DEBUG_GROUP) != 0;
	return read_end(&r) == TSPDM_OK ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM;
}
