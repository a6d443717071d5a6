/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The form of a Negotiated State: a label, then each message behind its length, little-endian. */
#include <string.h>

#include "base/cursor.h"
#include "core/negotiated_state.h"

static const uint8_t label[] = { 'T', 'S', 'N', 'S', 1, 0 };

enum tspdm_status tspdm_state_write(const struct connection *c, uint32_t responder_flags, struct tspdm_buffer *out)
{
	if (c->phase < TSPDM_PHASE_NEGOTIATED || c->transcript.vca_count != VCA_MESSAGES)
		return TSPDM_ERR_STATE;
	if ((responder_flags & TSPDM_CAP_CACHE) == 0)
		return TSPDM_ERR_CAPABILITY_MISSING;
	if (c->version < TSPDM_V12)
		return TSPDM_ERR_UNSUPPORTED;
	write_view(out, (struct tspdm_view){ label, sizeof label });
	for (unsigned i = 0; i < VCA_MESSAGES; i++) {
		struct tspdm_view message = tspdm_transcript_vca_message(&c->transcript, i);

		write_u16(out, (uint16_t)message.len);
		write_view(out, message);
	}
	return write_end(out);
}

enum tspdm_status tspdm_state_read(struct tspdm_view state, struct negotiated_state *out)
{
	struct reader r = reader_of(state);
	struct tspdm_view head = read_view(&r, sizeof label);

	if (r.failed || memcmp(head.ptr, label, sizeof label) != 0)
		return TSPDM_ERR_ARGUMENT;
	for (unsigned i = 0; i < VCA_MESSAGES; i++) {
		size_t len = read_u16(&r);

		out->messages[i] = read_view(&r, len);
		if (len < 4)
			return TSPDM_ERR_ARGUMENT;
	}
	return r.failed || r.left != 0 ? TSPDM_ERR_ARGUMENT : TSPDM_OK;
}

bool tspdm_state_is_same(struct tspdm_view a, struct tspdm_view b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}
