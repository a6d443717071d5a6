/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Capturing what a transport carries. */
#ifndef VERIFIER_TAP_H
#define VERIFIER_TAP_H

#include <tspdm/transport.h>

#include "../common/pcap.h"

/* Puts a tap around a transport, which it then closes. Does nothing where `file` is NULL. False: out of memory. */
bool tap_open(struct tspdm_transport **transport, struct pcap_file *file, const char *endpoint);

#endif
