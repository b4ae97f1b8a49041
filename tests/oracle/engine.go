package main

import (
	"cmp"
	"fmt"
	ipcachetypes "github.com/cilium/cilium/pkg/ipcache/types"
	"log/slog"
	"math"
	"os"
	"slices"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/crypto/certificatemanager"
	envoypolicy "github.com/cilium/cilium/pkg/envoy/policy"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	k8sConst "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/testutils"
	"github.com/cilium/cilium/pkg/policy/types"
	ciliumTypes "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"
)

var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1}))

// configure sets the agent's defaults for Kubernetes, which are process globals.
// It returns the cluster's name, for parsing policies.
func configure(sc *scenario) (string, error) {
	if sc.Cluster.Name == "" {
		sc.Cluster.Name = "default" // Helm cluster.name default
	}
	option.Config.EnableIPv4 = true
	option.Config.EnableIPv6 = sc.Cluster.IPv6
	option.Config.EnableL7Proxy = sc.Cluster.L7Proxy == nil || *sc.Cluster.L7Proxy
	option.Config.ClusterName = sc.Cluster.Name
	option.Config.PolicyCIDRMatchMode = sc.Cluster.CIDRMatchMode
	option.Config.UnsafeDaemonConfigOption.AllowLocalhost = option.AllowLocalhostAlways // daemon.go: k8s mode
	policy.SetPolicyEnabled(cmp.Or(sc.Cluster.PolicyEnforcement, option.DefaultEnforcement))
	api.InitEntities(sc.Cluster.Name) // fills the "cluster" entity
	if err := labelsfilter.ParseLabelPrefixCfg(quiet, sc.Cluster.Labels, nil, ""); err != nil {
		return "", err
	}
	config := cmtypes.DefaultPolicyConfig
	if own := sc.Cluster.PolicyDefaultLocalCluster; own != nil {
		config.PolicyDefaultLocalCluster = *own
	}
	return cmtypes.LocalClusterNameForPolicies(config, sc.Cluster.Name), nil
}

// evaluate calls yield for every flow of the scenario or, if it has none, for
// every endpoint to every declared port of every other.
func evaluate(sc *scenario, policies []*loaded, yield func(result) error) error {
	var fqdns []api.FQDNSelector
	var allEntries types.PolicyEntries
	for _, p := range policies {
		allEntries = append(allEntries, p.entries...)
		for _, e := range p.entries {
			for _, s := range e.L3 {
				if name, ok := s.GetFQDNSelector(); ok {
					fqdns = append(fqdns, *name)
				}
			}
		}
	}

	// A policy that a later one of the same name replaced no longer selects nodes.
	standing := map[ipcachetypes.ResourceID]types.PolicyEntries{}
	for _, p := range policies {
		standing[p.id] = p.entries
	}
	option.Config.EnableHostFirewall = false
	for _, entries := range standing {
		if slices.ContainsFunc(entries, func(e *types.PolicyEntry) bool { return e.Node }) {
			option.Config.EnableHostFirewall = true
		}
	}
	if told := sc.Cluster.HostFirewall; told != nil {
		option.Config.EnableHostFirewall = *told
	}

	// identities; a real agent has every reserved identity, too
	ids := identity.ListReservedIdentities()
	npm := ciliumTypes.NewNamedPortMultiMap()
	byID := map[string]*endpoint{}
	for i := range sc.Endpoints {
		e := &sc.Endpoints[i]
		if err := e.build(i, sc, fqdns); err != nil {
			return err
		}
		ids[e.ident.ID] = e.ident.LabelArray
		npm.Update(e.ident.ID, nil, e.named)
		e.findSubject(sc)
		byID[e.ID] = e
	}

	// the engine
	repo := policy.NewPolicyRepository(quiet, ids, noCerts{},
		envoypolicy.NewEnvoyL7RulesTranslator(quiet, certificatemanager.NewMockSecretManagerInline()),
		identitymanager.NewIDManager(quiet), nil)
	repo.GetSelectorCache().SetLocalIdentityNotifier(noFQDN{}) // without it toFQDNs panics
	repo.SetNamedPortsGetter(namedPorts{npm})                  // without it egress named ports match nothing
	repo.UpdateIdentities(ids, nil)                            // subject selector cache; before the rules
	for _, p := range policies {
		repo.ReplaceByResource(p.entries, p.id)
	}

	// one distilled policy map per pod, as in the datapath
	type distilled struct {
		policy *policy.EndpointPolicy
		err    error
	}
	cache := map[string]distilled{}
	distil := func(e *endpoint) (*policy.EndpointPolicy, error) {
		// Nodes share the host's identity, but not its labels.
		key := e.subject.ID.String() + e.subject.LabelArray.String()
		if d, ok := cache[key]; ok {
			return d.policy, d.err
		}
		p, err := distilPolicy(repo, e)
		cache[key] = distilled{p, err}
		return p, err
	}

	flows := sc.Flows
	if len(flows) == 0 {
		flows = allPairs(sc)
	}
	for _, f := range flows {
		from, to := byID[f.From], byID[f.To]
		if from == nil || to == nil {
			return fmt.Errorf("flow names an unknown endpoint: %+v", f)
		}
		if f.Proto == "" {
			f.Proto = "TCP"
		}
		proto, err := u8proto.ParseProtocol(f.Proto)
		if err != nil {
			return err
		}
		// Only pods are Cilium endpoints with a policy map, and with the host firewall
		// the node itself. World and other nodes must not be evaluated as subjects: a
		// clusterwide policy with endpointSelector {} would "select" their identities
		// here (it does in policy.LookupFlow), which no agent ever does.
		r := result{flow: f, Egress: "no policy here", Ingress: "no policy here", Allowed: true}
		if from.subject != nil {
			if p, err := distil(from); err != nil {
				r.Egress, r.Allowed = "error: "+err.Error(), false
			} else {
				e, meta, _ := p.Lookup(policy.EgressKey().WithIdentity(to.ident.ID).WithPortProto(proto, f.Port))
				r.Egress, r.EgressRules, r.L7 = verdict(e), ruleNames(meta), e.ProxyPort != 0
				r.Allowed = r.Allowed && !e.IsDeny()
			}
		}
		if to.subject != nil {
			if p, err := distil(to); err != nil {
				r.Ingress, r.Allowed = "error: "+err.Error(), false
			} else {
				e, meta, _ := p.Lookup(policy.IngressKey().WithIdentity(from.ident.ID).WithPortProto(proto, f.Port))
				r.Ingress, r.IngressRules, r.L7 = verdict(e), ruleNames(meta), r.L7 || e.ProxyPort != 0
				r.Allowed = r.Allowed && !e.IsDeny()
			}
		}
		r.L7 = r.L7 && r.Allowed
		if sc.Simulate {
			r.SimMismatch = simulatorDiffers(allEntries, from, to, proto, f.Port, r.Allowed)
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func allPairs(sc *scenario) (flows []flow) {
	for _, a := range sc.Endpoints {
		for _, b := range sc.Endpoints {
			for _, p := range b.Ports {
				if a.ID != b.ID {
					flows = append(flows, flow{a.ID, b.ID, p.Protocol, uint16(p.Port)})
				}
			}
		}
	}
	return flows
}

func distilPolicy(repo *policy.Repository, e *endpoint) (*policy.EndpointPolicy, error) {
	sp, _, err := repo.ComputeSelectorPolicy(e.subject)
	if err != nil {
		return nil, err
	}
	p := sp.DistillPolicy(quiet, &owner{
		id: uint64(e.subject.ID), named: e.named,
	}, map[string]uint16{policy.FallbackRedirectID: math.MaxUint16})
	if err := p.Ready(); err != nil {
		return nil, err
	}
	p.Detach(quiet)
	sp.Supersede()
	return p, nil
}

func verdict(e types.MapStateEntry) string {
	if e.IsDeny() {
		return "denied"
	}
	return "allowed"
}

func ruleNames(m policy.RuleMeta) (out []string) {
	for _, l := range m.LabelArray() {
		ns := l.Get(labels.LabelSourceK8sKeyPrefix + k8sConst.PolicyLabelNamespace)
		name := l.Get(labels.LabelSourceK8sKeyPrefix + k8sConst.PolicyLabelName)
		if name == "" {
			name = l.String() // default-allow, allow-localhost ...
		}
		out = append(out, ns+"/"+name)
	}
	return out
}

// simulatorDiffers compares with Cilium's own simulator (a rule walk, without map
// state). Known differences: it lacks allow-localhost, it allows everything for an
// empty rule ("ingress: [{}]", which allows nothing in the engine and the
// datapath), and it panics on named ports that the flow does not define.
func simulatorDiffers(entries types.PolicyEntries, from, to *endpoint, proto u8proto.U8proto, port uint16, allowed bool) bool {
	if from.ident.ID == identity.ReservedIdentityHost {
		return false
	}
	f := types.Flow{From: from.ident, To: to.ident, Proto: proto, Dport: port,
		NamedPortsTCP: numbers(to.named, u8proto.TCP), NamedPortsUDP: numbers(to.named, u8proto.UDP)}
	sim, ok := simulate(entries, f)
	if !ok {
		return false
	}
	want := (!from.isPod() || sim.Egress == types.DecisionAllowed) && (!to.isPod() || sim.Ingress == types.DecisionAllowed)
	return want != allowed
}

func numbers(m ciliumTypes.NamedPortMap, proto u8proto.U8proto) map[string]uint16 {
	out := map[string]uint16{}
	for name, pp := range m {
		if pp.Proto == proto {
			out[name] = pp.Port
		}
	}
	return out
}

func simulate(entries types.PolicyEntries, f types.Flow) (v types.LookupResult, ok bool) {
	defer func() { ok = recover() == nil && ok }()
	v, _, _ = testutils.IteratePolicy(entries, f)
	return v, true
}
