/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Which capability flags are legal together, DSP0274 "Flag fields definitions". */
#ifndef TSPDM_CORE_CAPABILITIES_H
#define TSPDM_CORE_CAPABILITIES_H

#include <tspdm/message.h>

/* The flags that a version defines; others are ignored on reading and not sent. */
uint32_t tspdm_flags_of_version(uint8_t version);

/* TSPDM_ERR_CAPABILITIES for an illegal GET_CAPABILITIES, or an illegal CAPABILITIES. */
enum tspdm_status tspdm_check_requester_capabilities(uint8_t version, const struct tspdm_capabilities *capabilities);
enum tspdm_status tspdm_check_responder_capabilities(uint8_t version, const struct tspdm_capabilities *capabilities);

/* Those of `versions` in which the capabilities are legal. */
uint32_t tspdm_legal_versions(uint32_t versions, bool is_requester, const struct tspdm_capabilities *capabilities);

/* What a role offers: `asked` of its configuration, which has to be legal as a whole; or, where that is 0, 1.2 and what is
 * legal of the older ones. TSPDM_ERR_UNSUPPORTED, TSPDM_ERR_CAPABILITIES. */
enum tspdm_status tspdm_choose_versions(
	uint32_t asked, bool is_requester, const struct tspdm_capabilities *capabilities, uint32_t *versions);

#endif
