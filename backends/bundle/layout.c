/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a bundle may say, for its writer and its reader alike. */
#include "layout.h"

struct tspdm_view *tspdm_bundle_collateral(struct tspdm_dcap_collateral *c, uint64_t key)
{
	struct tspdm_view *const parts[COLLATERAL_PARTS] = { &c->tcb_info, &c->qe_identity, &c->tcb_signing_chain,
		&c->qe_identity_signing_chain, &c->pck_crl, &c->pck_crl_issuer_chain, &c->root_ca_crl };

	return key >= 1 && key <= COLLATERAL_PARTS ? parts[key - 1] : NULL;
}

struct tspdm_view *tspdm_bundle_device(struct tspdm_device_record *d, uint64_t key)
{
	struct tspdm_view *const parts[DEVICE_PARTS] = { &d->request, &d->response, &d->vca, &d->certificates };

	return key >= 1 && key <= DEVICE_PARTS ? parts[key - 1] : NULL;
}

static bool is_text(struct tspdm_view text)
{
	if (text.len > TSPDM_BUNDLE_TEXT_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < ' ' || text.ptr[i] > '~')
			return false;
	return true;
}

/* A report without VCA is one of 1.0 or 1.1. */
static bool has_whole_devices(const struct tspdm_bundle *b)
{
	for (uint32_t i = 0; i < b->device_count; i++) {
		const struct tspdm_device_record *d = &b->devices[i];

		if (d->request.len == 0 || d->response.len == 0 || d->certificates.len == 0)
			return false;
	}
	return true;
}

static bool fits_session(const struct tspdm_bundle *b)
{
	if (b->session == 0)
		return b->exporter.len == 0 && b->channel.len == 0 && b->requester_key.len == 0 &&
		       b->requester_certificates.len == 0;
	return b->exporter.len == TSPDM_EVIDENCE_EXPORTER_LEN && b->channel.len <= BUNDLE_CHANNEL_MAX &&
	       b->requester_key.len <= BUNDLE_KEY_MAX && b->requester_certificates.len <= TSPDM_CHAIN_MAX;
}

const char *tspdm_bundle_misfit(const struct tspdm_bundle *b)
{
	if (b->time <= 0)
		return "time";
	if (!is_text(b->endpoint) || b->endpoint.len == 0)
		return "endpoint";
	if (!is_text(b->verifier) || b->verifier.len == 0)
		return "verifier";
	if (!is_text(b->policy))
		return "policy";
	if (b->message_count > TSPDM_BUNDLE_MESSAGES_MAX || (b->message_count == 0) != (b->messages.len == 0))
		return "messages";
	if (!fits_session(b) || (b->session != 0 && b->message_count == 0))
		return "session";
	if (b->certificate_count > TSPDM_BUNDLE_CERTIFICATES_MAX)
		return "certificates";
	if (b->device_count > TSPDM_DEVICES_MAX || !has_whole_devices(b))
		return "devices";
	if (b->message_count == 0 && b->evidence.len == 0 && b->device_count == 0)
		return "messages, evidence and devices, of which there are none";
	return NULL;
}
