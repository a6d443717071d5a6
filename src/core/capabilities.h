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

#endif
