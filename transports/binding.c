/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The bindings: what SPDM and secured records depend on in a transport, a row for each.
 *
 * RTT is what DSP0274 "Timing requirements" leaves to the transport. PCIe gives a mailbox one second; the others carry
 * the same value, which is ample for a network and only delays the repetition of a request that was truly lost. */
#include <string.h>

#include <tspdm/transport.h>

#include "framing/framing.h"

enum {
	RTT_US = 1000000,
	MIB = 1048576, /* bindings without a length limit of their own get this one */
};

/* DSP0275, DSP0276: 16 bits of the sequence number, up to 32 random bytes, a message type byte in front of the data. */
#define MCTP                                                                                                           \
	.name = "mctp", .alignment = 1, .sequence_len = 2, .random_max = 32, .inner_header = TSPDM_INNER_MCTP,         \
	.rtt_us = RTT_US, .max_message = MIB

/* PCIe 6.x "Data Object Exchange": DWORDs, 2^18 of them with the header at most. */
#define DOE .name = "doe", .alignment = 4, .rtt_us = RTT_US, .max_message = TSPDM_DOE_MAX_BODY

#define BARE .name = "none", .alignment = 1, .rtt_us = RTT_US, .max_message = MIB

const struct tspdm_binding tspdm_binding_mctp = { MCTP };
const struct tspdm_binding tspdm_binding_doe = { DOE };
const struct tspdm_binding tspdm_binding_none = { BARE };

/* The emulator's socket. */
const struct tspdm_binding tspdm_stream_mctp = { MCTP, .is_lossless = true };
const struct tspdm_binding tspdm_stream_doe = { DOE, .is_lossless = true };
const struct tspdm_binding tspdm_stream_none = { BARE, .is_lossless = true };

/* DSP0287: a 16-bit PayloadLength that also counts BindingVersion and MessageType. */
const struct tspdm_binding tspdm_binding_tcp = {
	.name = "tcp",
	.alignment = 1,
	.inner_header = TSPDM_INNER_TCP,
	.rtt_us = RTT_US,
	.max_message = TSPDM_DSP0287_MAX_BODY,
	.is_lossless = true,
};

bool tspdm_binding_is(const struct tspdm_binding *binding, const struct tspdm_binding *kind)
{
	return binding != NULL && kind != NULL && strcmp(binding->name, kind->name) == 0;
}
