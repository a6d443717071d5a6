/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on provisioning: certificate requests and certificates, and of 1.3 and 1.4 key pairs, events and slots. */
#include <string.h>

#include "base/cursor.h"
#include "observer/observer.h"

enum { KEY_PAIR_ERASE = 1 };

static enum tspdm_status see_header(struct look *l)
{
	l->seen->used = sizeof l->seen->header;
	return TSPDM_OK;
}

static enum tspdm_status see_get_csr(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_get_csr m;

	return tspdm_read_get_csr(l->message, &shape, &m, &l->seen->used);
}

static enum tspdm_status see_csr(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_csr m;

	TSPDM_TRY(tspdm_read_csr(l->message, &shape, &m, &l->seen->used));
	tspdm_look_result(l, TSPDM_CHECK_CSR_SIGNATURE, tspdm_look_csr(l, m.csr));
	return TSPDM_OK;
}

static enum tspdm_status see_set_certificate(struct look *l)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_set_certificate m;

	return tspdm_read_set_certificate(l->message, &shape, &m, &l->seen->used);
}

/* Whether the request set the chain that is known already. */
static bool is_known_chain(const struct look *l, const struct kept_chain *kept)
{
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_set_certificate m;
	size_t used;

	return kept->is_whole && tspdm_read_set_certificate(tspdm_look_request(l), &shape, &m, &used) == TSPDM_OK &&
	       m.chain.len == kept->len && memcmp(m.chain.ptr, kept->bytes, kept->len) == 0;
}

/* The slot may show another chain from here on, or after a reset: the one before is believed only where it fits. */
static enum tspdm_status see_set_certificate_rsp(struct look *l)
{
	struct side *side = &l->o->sides[look_side(l)];
	struct tspdm_shape shape = tspdm_look_shape(l);
	struct tspdm_set_certificate_rsp m;

	TSPDM_TRY(tspdm_read_set_certificate_rsp(l->message, &shape, &m, &l->seen->used));
	if (m.slot >= TSPDM_SLOTS || is_known_chain(l, &side->chains[m.slot]))
		return TSPDM_OK;
	side->digest_slots &= (uint8_t) ~(1U << m.slot);
	side->chains[m.slot].is_doubtful = true;
	return TSPDM_OK;
}

/* ---- DSP0274 1.3 "KEY_PAIR_INFO response", "SET_KEY_PAIR_INFO request" ---- */

static enum tspdm_status see_get_key_pair(struct look *l)
{
	struct reader r = reader_of(l->message);

	read_bytes(&r, sizeof(struct tspdm_header) + 1);
	return read_finish(&r, l->message, &l->seen->used);
}

static enum tspdm_status see_key_pair(struct look *l)
{
	struct reader r = reader_of(l->message);
	uint16_t len;

	read_bytes(&r, sizeof(struct tspdm_header) + 16); /* to CurrentAsymAlgo */
	len = read_u16(&r);
	read_u8(&r); /* AssocCertSlotMask */
	read_bytes(&r, len);
	for (unsigned i = 0; i < 2 && l->o->c.version >= TSPDM_V14; i++) /* capabilities, current algorithm */
		read_bytes(&r, read_u8(&r));
	return read_finish(&r, l->message, &l->seen->used);
}

static enum tspdm_status see_set_key_pair(struct look *l)
{
	struct reader r = reader_of(l->message);

	read_bytes(&r, sizeof(struct tspdm_header) + 1);
	if (l->seen->header.param1 == KEY_PAIR_ERASE)
		return read_finish(&r, l->message, &l->seen->used);
	read_bytes(&r, 8); /* reserved, usage, algorithm, slots */
	if (l->o->c.version >= TSPDM_V14)
		read_bytes(&r, read_u8(&r));
	return read_finish(&r, l->message, &l->seen->used);
}

/* ---- DSP0274 1.3 "Event mechanism" ---- */

/* A header, the length of a list, the list. */
static enum tspdm_status see_list(struct look *l)
{
	struct reader r = reader_of(l->message);

	read_bytes(&r, sizeof(struct tspdm_header));
	read_bytes(&r, read_u32(&r));
	return read_finish(&r, l->message, &l->seen->used);
}

static enum tspdm_status see_subscribe(struct look *l)
{
	return l->seen->header.param1 == 0 ? see_header(l) : see_list(l); /* 0: unsubscribes */
}

/* One event: instance, reserved, EventGroupId, type, detail. */
static void read_event(struct reader *r)
{
	read_bytes(r, 8 + 1);
	read_bytes(r, read_u8(r)); /* VendorID */
	read_u16(r);
	read_bytes(r, read_u16(r));
}

static enum tspdm_status see_send_event(struct look *l)
{
	struct reader r = reader_of(l->message);
	uint32_t count;

	read_bytes(&r, sizeof(struct tspdm_header));
	count = read_u32(&r);
	for (uint32_t i = 0; i < count && !r.failed; i++)
		read_event(&r);
	return read_finish(&r, l->message, &l->seen->used);
}

/* ---- DSP0274 1.4 "SLOT_MANAGEMENT request": its structures tell their length, or have one by SubCode ---- */

static enum tspdm_status see_slot_management(struct look *l)
{
	struct reader r = reader_of(l->message);

	read_bytes(&r, sizeof(struct tspdm_header) + 4); /* MgmtStructOffset, reserved */
	TSPDM_TRY(read_finish(&r, l->message, &l->seen->used));
	l->seen->used = l->message.len; /* a structure of the sub-code's, to the end */
	return TSPDM_OK;
}

enum { IN_SESSION = PLACE_CLEAR | PLACE_SESSION, EVENT = PLACE_SESSION | PLACE_INNER };

const struct family tspdm_families_provision[] = {
	{ TSPDM_GET_CSR, TSPDM_CSR, IN_SESSION, see_get_csr, see_csr },
	{ TSPDM_SET_CERTIFICATE, TSPDM_SET_CERTIFICATE_RSP, IN_SESSION, see_set_certificate, see_set_certificate_rsp },
	{ TSPDM_GET_KEY_PAIR_INFO, TSPDM_KEY_PAIR_INFO, IN_SESSION, see_get_key_pair, see_key_pair },
	{ TSPDM_SET_KEY_PAIR_INFO, TSPDM_SET_KEY_PAIR_INFO_ACK, IN_SESSION, see_set_key_pair, see_header },
	{ TSPDM_GET_SUPPORTED_EVENT_TYPES, TSPDM_SUPPORTED_EVENT_TYPES, EVENT, see_header, see_list },
	{ TSPDM_SUBSCRIBE_EVENT_TYPES, TSPDM_SUBSCRIBE_EVENT_TYPES_ACK, EVENT, see_subscribe, see_header },
	{ TSPDM_SEND_EVENT, TSPDM_EVENT_ACK, EVENT, see_send_event, see_header },
	{ TSPDM_SLOT_MANAGEMENT, TSPDM_SLOT_MANAGEMENT_RESP, IN_SESSION, see_slot_management, see_slot_management },
	{ 0 },
};
