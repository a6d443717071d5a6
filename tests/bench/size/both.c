/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A requester and a responder with every job, for scripts/code-size. */
#include <tspdm/requester.h>
#include <tspdm/responder.h>

#include "stub.h"

extern uint8_t size_memory[2][8192];
uint8_t size_memory[2][8192];

static enum tspdm_status answer(struct tspdm_crypto *crypto, const struct tspdm_binding *binding, struct tspdm_io *io)
{
	struct tspdm_basic_device device;
	struct tspdm_responder_config config = {
		.size = sizeof config, .crypto = crypto, .device = &device.base, .binding = binding
	};
	struct tspdm_buffer response = { size_memory[0], sizeof size_memory[0], 0 };
	struct tspdm_responder *responder;

	tspdm_basic_device_init(&device);
	TSPDM_TRY(tspdm_responder_init(size_memory[0], sizeof size_memory[0], &config, &responder));
	return tspdm_responder_handle(responder, 0, TSPDM_KIND_PLAIN, io->out, &response);
}

static enum tspdm_status ask(struct tspdm_crypto *crypto, const struct tspdm_binding *binding, struct tspdm_io *io)
{
	static uint8_t room[4096];
	const struct tspdm_requester_config config = {
		.size = sizeof config, .crypto = crypto, .binding = binding, .request = room, .request_len = sizeof room
	};
	const struct tspdm_authenticate who = { .chain = room, .chain_cap = sizeof room };
	const struct tspdm_measure what = { .is_signed = true, .record = room, .record_cap = sizeof room };
	struct tspdm_vendor_defined vendor = { 0 };
	struct tspdm_buffer out = { room, sizeof room, 0 };
	struct tspdm_requester *requester;

	TSPDM_TRY(tspdm_requester_init(size_memory[1], sizeof size_memory[1], &config, &requester));
	TSPDM_TRY(tspdm_requester_connect(requester));
	TSPDM_TRY(tspdm_requester_get_digests(requester));
	TSPDM_TRY(tspdm_requester_authenticate(requester, &who));
	TSPDM_TRY(tspdm_requester_measure(requester, &what));
	TSPDM_TRY(tspdm_requester_vendor(requester, &vendor, &out));
	if (tspdm_requester_step(requester, 0, io) == TSPDM_STEP_FAILED)
		return tspdm_requester_error(requester)->status;
	TSPDM_TRY(tspdm_requester_input(requester, TSPDM_KIND_PLAIN, io->out));
	tspdm_requester_wipe(requester);
	return TSPDM_OK;
}

int main(int argc, char **argv)
{
	struct tspdm_crypto crypto = { &stub_ops };
	struct tspdm_binding binding = { .name = argv[0], .alignment = 1, .max_message = 4096 };
	struct tspdm_io io = { .out = { (const uint8_t *)argv[0], (size_t)argc } };

	if (ask(&crypto, &binding, &io) != TSPDM_OK)
		return 1;
	return answer(&crypto, &binding, &io) != TSPDM_OK;
}
