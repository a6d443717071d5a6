/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A device from tables. */
#include <string.h>

#include <tspdm/device.h>

/* base is the first member */
static struct tspdm_basic_device *basic_of(struct tspdm_device *device)
{
	return (struct tspdm_basic_device *)device;
}

static enum tspdm_status basic_slot(struct tspdm_device *device, unsigned slot, struct tspdm_slot *out)
{
	struct tspdm_basic_device *basic = basic_of(device);

	if (slot == TSPDM_SLOT_PUBLIC_KEY && basic->public_key.spki.len != 0) {
		*out = basic->public_key;
		return TSPDM_OK;
	}
	if (slot >= sizeof basic->slots / sizeof basic->slots[0] || basic->slots[slot].certificates.len == 0)
		return TSPDM_ERR_SLOT;
	*out = basic->slots[slot];
	return TSPDM_OK;
}

static enum tspdm_status basic_measure(
	struct tspdm_device *device, const struct tspdm_block **out, size_t *count, struct tspdm_pending *pending)
{
	struct tspdm_basic_device *basic = basic_of(device);

	(void)pending;
	*out = basic->blocks;
	*count = basic->blocks != NULL ? basic->block_count : 0;
	return TSPDM_OK;
}

/* Who made `pending->job`: cancel() has to know. */
#define STAGE_NONE 0U
#define STAGE_EVIDENCE 0x80000000U

static enum tspdm_status basic_evidence(struct tspdm_device *device, const uint8_t *report_data,
	struct tspdm_evidence *out, struct tspdm_pending *pending)
{
	struct tspdm_evidence_source *source = basic_of(device)->evidence;
	struct tspdm_evidence_job *job = pending->job;

	if (source == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	if (pending->stage == STAGE_NONE) {
		TSPDM_TRY(source->ops->begin(source, report_data, &job));
		pending->job = job;
		pending->stage = STAGE_EVIDENCE;
	}
	return source->ops->poll(source, job, out, &pending->retry_us);
}

static enum tspdm_status basic_vendor(struct tspdm_device *device, const struct tspdm_vendor_request *request,
	struct tspdm_buffer *response, struct tspdm_pending *pending)
{
	struct tspdm_basic_device *basic = basic_of(device);

	if (basic->vendor == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	return basic->vendor(basic->vendor_context, request, response, pending);
}

static void basic_cancel(struct tspdm_device *device, struct tspdm_pending *pending)
{
	struct tspdm_basic_device *basic = basic_of(device);

	if (pending->stage == STAGE_EVIDENCE && basic->evidence != NULL)
		basic->evidence->ops->end(basic->evidence, pending->job);
	*pending = (struct tspdm_pending){ 0 };
}

static bool basic_has_evidence(struct tspdm_device *device)
{
	return basic_of(device)->evidence != NULL;
}

static enum tspdm_status basic_csr(struct tspdm_device *device, const struct tspdm_csr_request *request,
	struct tspdm_buffer *csr, struct tspdm_pending *pending)
{
	struct tspdm_basic_device *basic = basic_of(device);

	if (basic->csr == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	return basic->csr(basic->provision_context, request, csr, pending);
}

/* The key that a chain for a slot has to be of. Empty: the slot is not there. */
static struct tspdm_view own_key(const struct tspdm_basic_device *basic, const struct tspdm_new_chain *chain)
{
	struct tspdm_view none = { NULL, 0 };

	if (chain->slot >= sizeof basic->slots / sizeof basic->slots[0] || basic->slots[chain->slot].signer == NULL)
		return none;
	return chain->is_device_ca ? basic->device_ca : basic->slots[chain->slot].spki;
}

static enum tspdm_status basic_set_certificate(
	struct tspdm_device *device, const struct tspdm_new_chain *chain, struct tspdm_pending *pending)
{
	struct tspdm_basic_device *basic = basic_of(device);
	struct tspdm_view key = own_key(basic, chain);
	enum tspdm_status status;

	if (basic->set_certificate == NULL)
		return TSPDM_ERR_UNSUPPORTED;
	if (key.len == 0)
		return TSPDM_ERR_SLOT;
	if (key.len != chain->last_spki.len || memcmp(key.ptr, chain->last_spki.ptr, key.len) != 0)
		return TSPDM_ERR_KEY;
	status = basic->set_certificate(basic->provision_context, chain, pending);
	if (status == TSPDM_OK)
		basic->generation++;
	return status;
}

static uint32_t basic_generation(struct tspdm_device *device)
{
	return basic_of(device)->generation;
}

static const struct tspdm_device_ops basic_ops = {
	.size = sizeof(struct tspdm_device_ops),
	.name = "basic",
	.slot = basic_slot,
	.measure = basic_measure,
	.evidence = basic_evidence,
	.vendor = basic_vendor,
	.cancel = basic_cancel,
	.has_evidence = basic_has_evidence,
	.csr = basic_csr,
	.set_certificate = basic_set_certificate,
	.generation = basic_generation,
};

void tspdm_basic_device_init(struct tspdm_basic_device *device)
{
	memset(device, 0, sizeof *device);
	device->base.ops = &basic_ops;
}
