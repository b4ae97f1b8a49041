package main

import (
	"context"

	"github.com/cilium/cilium/pkg/endpoint/regeneration"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	ciliumTypes "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"
)

// Minimal implementations of the agent's interfaces.

type owner struct {
	id    uint64
	named ciliumTypes.NamedPortMap
}

func (o *owner) GetID() uint64 { return o.id }
func (o *owner) GetIngressNamedPort(name string, proto u8proto.U8proto) uint16 {
	p, err := o.named.GetNamedPort(name, proto)
	if err != nil {
		return 0
	}
	return p
}
func (o *owner) PolicyDebug(string, ...any)                  {}
func (o *owner) IsHost() bool                                { return false }
func (o *owner) PreviousMapStateSizes() policy.MapStateSizes { return policy.MapStateSizes{} }
func (o *owner) RegenerateIfAlive(*regeneration.ExternalRegenerationMetadata) <-chan bool {
	ch := make(chan bool)
	close(ch)
	return ch
}

type namedPorts struct{ m ciliumTypes.NamedPortMultiMap }

func (n namedPorts) GetNamedPorts() ciliumTypes.NamedPortMultiMap { return n.m }

type noFQDN struct{}

func (noFQDN) RegisterFQDNSelector(api.FQDNSelector) uint64   { return 0 }
func (noFQDN) UnregisterFQDNSelector(api.FQDNSelector) uint64 { return 0 }

type noCerts struct{}

func (noCerts) GetTLSContext(context.Context, *api.TLSContext, string) (ca, pub, priv string, inline bool, err error) {
	return "", "", "", false, nil
}
