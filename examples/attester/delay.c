/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --delay: a signer around another one that says "not yet" until its time has passed, as one in an HSM would. */
#include <stdlib.h>

#include <tspdm/transport.h>

#include "attester.h"

static struct delayed_signer *delayed_of(struct tspdm_signer *signer)
{
	return (struct delayed_signer *)signer; /* base is the first member */
}

static void cancel(struct tspdm_signer *signer, struct tspdm_pending *pending)
{
	(void)signer;
	free(pending->job);
	*pending = (struct tspdm_pending){ 0 };
}

static enum tspdm_status begin(const struct delayed_signer *d, struct tspdm_pending *pending)
{
	uint64_t *ready_us = malloc(sizeof *ready_us);

	if (ready_us == NULL)
		return TSPDM_ERR_MEMORY;
	*ready_us = tspdm_now_us() + d->delay_us;
	pending->job = ready_us;
	pending->retry_us = d->delay_us;
	return TSPDM_AGAIN;
}

static enum tspdm_status sign(struct tspdm_signer *signer, const struct tspdm_to_be_signed *tbs,
	struct tspdm_buffer *signature, struct tspdm_pending *pending)
{
	struct delayed_signer *d = delayed_of(signer);
	const uint64_t *ready_us = pending->job;
	uint64_t now_us = tspdm_now_us();
	struct tspdm_pending none = { 0 };

	if (ready_us == NULL)
		return begin(d, pending);
	if (now_us < *ready_us) {
		pending->retry_us = (uint32_t)(*ready_us - now_us);
		return TSPDM_AGAIN;
	}
	cancel(signer, pending);
	return d->inner->ops->sign(d->inner, tbs, signature, &none); /* a key in memory does not wait */
}

static const struct tspdm_signer_ops delayed_ops = {
	.size = sizeof delayed_ops,
	.name = "delayed",
	.sign = sign,
	.cancel = cancel,
};

void delayed_signer_init(struct delayed_signer *signer, struct tspdm_signer *inner, uint32_t delay_us)
{
	*signer = (struct delayed_signer){ .base = { &delayed_ops }, .inner = inner, .delay_us = delay_us };
}
