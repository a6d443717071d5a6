/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The smallest responder: challenge and measurements from tables, for scripts/code-size. */
#include <tspdm/responder.h>

#include "stub.h"

extern uint8_t size_memory[8192];
uint8_t size_memory[8192];

int main(int argc, char **argv)
{
	struct tspdm_crypto crypto = { &stub_ops };
	struct tspdm_basic_device device;
	struct tspdm_responder_config config = { .size = sizeof config, .crypto = &crypto, .max_message = 4096 };
	struct tspdm_binding binding = { .name = argv[0], .alignment = 1, .max_message = 4096 };
	struct tspdm_buffer response = { size_memory, sizeof size_memory, 0 };
	struct tspdm_view request = { (const uint8_t *)argv[0], (size_t)argc };
	struct tspdm_responder *responder;

	tspdm_basic_device_init(&device);
	config.device = &device.base;
	config.binding = &binding;
	if (tspdm_responder_init(size_memory, sizeof size_memory, &config, &responder) != TSPDM_OK)
		return 1;
	return tspdm_responder_handle(responder, 0, TSPDM_KIND_PLAIN, request, &response) != TSPDM_OK;
}
