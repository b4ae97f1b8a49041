package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/cilium/cilium/pkg/fqdn/dns"
	"github.com/cilium/cilium/pkg/identity"
	k8sUtils "github.com/cilium/cilium/pkg/k8s/utils"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy/api"
	ciliumTypes "github.com/cilium/cilium/pkg/types"
)

type scenario struct {
	Cluster struct {
		Name string `json:"name"` // io.cilium.k8s.policy.cluster, default "default"
		// agent flag --enable-l7-proxy; nil is the default, true
		L7Proxy *bool `json:"l7Proxy"`
		IPv6    bool  `json:"ipv6"` // dual stack: world-ipv4/-ipv6 instead of world
		// agent flag --policy-cidr-match-mode; nil is the default
		CIDRMatchMode []string `json:"cidrMatchMode"`
		// agent flag --enable-policy; empty is the default
		PolicyEnforcement string `json:"policyEnforcement"`
		// agent flag --labels
		Labels []string `json:"labels"`
		// agent flag --policy-default-local-cluster; nil is the default, true
		PolicyDefaultLocalCluster *bool `json:"policyDefaultLocalCluster"`
		// agent flag --enable-host-firewall; nil is where a policy selects nodes
		HostFirewall *bool `json:"hostFirewall"`
		// whether Cilium serves Gateways or Ingresses, so that its proxy is an endpoint
		ServesGateways bool `json:"servesGateways"`
	} `json:"cluster"`
	Namespaces []namespace `json:"namespaces"`
	Services   []service   `json:"services"`
	CIDRGroups []cidrGroup `json:"cidrGroups"`
	Endpoints  []endpoint  `json:"endpoints"`
	Flows      []flow      `json:"flows"` // empty: all pairs of pods on all declared ports
	// accepted and ignored: Cilium does not see what the mesh does to ports
	Mesh json.RawMessage `json:"mesh"`
	// ignored: where the proxy's routes lead
	Routes json.RawMessage `json:"routes"`
	// also ask the simulator; slow
	Simulate bool `json:"-"`
}

type namespace struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

func (n namespace) GetName() string              { return n.Name }
func (n namespace) GetLabels() map[string]string { return n.Labels }

type service struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	Selector  map[string]string `json:"selector"`
	Backends  []string          `json:"backends"` // IPs, only for selector-less services
	Ports     json.RawMessage   `json:"ports"`    // ignored: policies see the backends' ports
}

type cidrGroup struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	CIDRs  []string          `json:"cidrs"`
}

// The labels of cidrsAndLabelsForCIDRGroup (pkg/policy/k8s), which the ipcache
// merges into every prefix inside (mergeLabels). Both are unexported.
func (g cidrGroup) mergeInto(lbls labels.Labels, a netip.Addr) error {
	for _, c := range g.CIDRs {
		pfx, err := netip.ParsePrefix(c)
		if err != nil {
			return fmt.Errorf("cidrGroup %s: %w", g.Name, err)
		}
		if !pfx.Contains(a) {
			continue
		}
		name := api.LabelForCIDRGroupRef(g.Name)
		lbls[name.Key] = name
		for k, v := range k8sUtils.RemoveCiliumLabels(g.Labels) {
			l := labels.NewLabel(k, v, labels.LabelSourceCIDRGroup)
			encoded := labels.EncodedCIDRGroupLabel(l.Key, l.Value, l.Source)
			lbls[l.Key], lbls[encoded.Key] = l, encoded
		}
		return nil
	}
	return nil
}

type endpoint struct {
	ID             string            `json:"id"`
	Namespace      string            `json:"namespace"`
	Labels         map[string]string `json:"labels"`
	ServiceAccount string            `json:"serviceAccount"`
	Cluster        string            `json:"cluster"` // the cluster of a pod in another cluster
	Ports          []port            `json:"ports"`
	// exactly one of the following for a peer that is not a pod
	IP       string          `json:"ip"`       // outside the cluster
	FQDN     string          `json:"fqdn"`     // with IP: the DNS name the client resolved
	Reserved []string        `json:"reserved"` // e.g. [host], [remote-node, kube-apiserver], [world]
	Mesh     json.RawMessage `json:"mesh"`
	// the labels of a pod that has its node's identity: Cilium never sees them
	HostNetwork json.RawMessage `json:"hostNetwork"`
	// for a node: the labels of its Node
	NodeLabels map[string]string `json:"nodeLabels"`
	Several    json.RawMessage   `json:"several"`   // ignored: whether it also connects to itself
	IsOwnName  json.RawMessage   `json:"isOwnName"` // ignored: whether the cluster's own Gateway serves it

	ident *identity.Identity
	// whose policy applies: its own or, for a node, the host's; nil if none can
	subject *identity.Identity
	named   ciliumTypes.NamedPortMap
}

type port struct {
	Name      string          `json:"name"`
	Port      int             `json:"port"`
	Protocol  string          `json:"protocol"`
	StandsFor json.RawMessage `json:"standsFor"` // ignored: what the port is an example of
}

type flow struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Proto string `json:"proto"`
	Port  uint16 `json:"port"`
}

type result struct {
	flow
	Egress       string   `json:"egress"`
	Ingress      string   `json:"ingress"`
	Allowed      bool     `json:"allowed"`
	EgressRules  []string `json:"egressRules,omitempty"`
	IngressRules []string `json:"ingressRules,omitempty"`
	L7           bool     `json:"l7,omitempty"`          // allowed at L4, then redirected to a proxy
	SimMismatch  bool     `json:"simMismatch,omitempty"` // engine != testutils.IteratePolicy
}

func (e *endpoint) isPod() bool { return e.IP == "" && len(e.Reserved) == 0 }

// The policy of a pod in another cluster of the mesh is there.
func (e *endpoint) isOwnPod(sc *scenario) bool {
	return e.isPod() && (e.Cluster == "" || e.Cluster == sc.Cluster.Name)
}

// findSubject sets whose policies apply to the endpoint. A node's own agent sees it as the host, with the labels of its Node
// (Endpoint.InitWithNodeLabels) and those that the ipcache merges into the host's (updateReservedHostLabels).
func (e *endpoint) findSubject(sc *scenario) {
	isNode := slices.Contains(e.Reserved, labels.IDNameHost) || slices.Contains(e.Reserved, labels.IDNameRemoteNode) ||
		slices.Contains(e.Reserved, labels.IDNameKubeAPIServer) && !slices.Contains(e.Reserved, labels.IDNameWorld) && e.IP == ""
	switch {
	case e.isOwnPod(sc):
		e.subject = e.ident
	case sc.Cluster.ServesGateways && len(e.Reserved) == 1 && e.Reserved[0] == labels.IDNameIngress:
		e.subject = e.ident
	case isNode && option.Config.EnableHostFirewall:
		lbls := labels.NewFrom(labels.LabelHost)
		if slices.Contains(e.Reserved, labels.IDNameKubeAPIServer) {
			lbls.MergeLabels(labels.LabelKubeAPIServer)
		}
		idLabels, _ := labelsfilter.Filter(labels.Map2Labels(e.NodeLabels, labels.LabelSourceK8s))
		lbls.MergeLabels(idLabels)
		e.subject = identity.NewIdentity(identity.ReservedIdentityHost, lbls)
	}
}

// An API server outside the cluster, or a node that CIDRs may match. Labels and scope are the results of resolveLabels
// (pkg/ipcache) and identity.ScopeForLabels.
func (e *endpoint) buildAddressed(n int, sc *scenario) error {
	lbls := labels.Labels{}
	if e.IP != "" {
		a, err := netip.ParseAddr(e.IP)
		if err != nil {
			return err
		}
		lbls = labels.GetCIDRLabels(netip.PrefixFrom(a, a.BitLen()))
		for _, g := range sc.CIDRGroups {
			if err := g.mergeInto(lbls, a); err != nil {
				return err
			}
		}
	}
	for _, r := range e.Reserved {
		lbls[r] = labels.NewLabel(r, "", labels.LabelSourceReserved)
	}
	if len(e.Reserved) == 1 && e.Reserved[0] == "kube-apiserver" && e.IP == "" {
		lbls.MergeLabels(labels.LabelRemoteNode)
	}
	isNode := lbls.HasRemoteNodeLabel() || lbls.HasHostLabel()
	if isNode {
		lbls.Remove(labels.LabelWorld)
		lbls.Remove(labels.LabelWorldIPv4)
		lbls.Remove(labels.LabelWorldIPv6)
		if !option.Config.PolicyCIDRMatchesNodes() {
			lbls.RemoveFromSource(labels.LabelSourceCIDR)
			lbls.RemoveFromSource(labels.LabelSourceCIDRGroup)
		}
	}
	switch {
	case lbls.HasHostLabel():
		e.ident = identity.NewIdentity(identity.ReservedIdentityHost, lbls)
	case lbls.HasRemoteNodeLabel() && option.Config.PolicyCIDRMatchesNodes():
		e.ident = identity.NewIdentity(identity.IdentityScopeRemoteNode+identity.NumericIdentity(n), lbls)
	case lbls.HasRemoteNodeLabel() || e.IP == "":
		e.ident = identity.LookupReservedIdentityByLabels(lbls)
	default:
		e.ident = identity.NewIdentity(identity.MinLocalIdentity+identity.NumericIdentity(n), lbls)
	}
	if e.ident == nil {
		return fmt.Errorf("%s: no identity for %v", e.ID, lbls)
	}
	return nil
}

func (e *endpoint) build(n int, sc *scenario, fqdns []api.FQDNSelector) error {
	e.named = ciliumTypes.NamedPortMap{}
	for _, p := range e.Ports {
		if p.Name != "" {
			if err := e.named.AddPort(p.Name, p.Port, p.Protocol); err != nil {
				return err
			}
		}
	}
	switch {
	case len(e.Reserved) > 0 && (e.IP != "" || option.Config.PolicyCIDRMatchesNodes()):
		return e.buildAddressed(n, sc)
	case len(e.Reserved) > 0:
		lbls := labels.Labels{}
		for _, r := range e.Reserved {
			lbls[r] = labels.NewLabel(r, "", labels.LabelSourceReserved)
		}
		// [host] -> 1, [world] -> 2, [remote-node] -> 6, [remote-node, kube-apiserver] -> 7 ...
		if len(e.Reserved) == 1 {
			e.ident = identity.LookupReservedIdentity(identity.GetReservedID(e.Reserved[0]))
		} else {
			e.ident = identity.LookupReservedIdentityByLabels(lbls)
		}
		if e.ident == nil {
			return fmt.Errorf("%s: no reserved identity for %v", e.ID, e.Reserved)
		}
	case e.IP != "":
		a, err := netip.ParseAddr(e.IP)
		if err != nil {
			return err
		}
		// A full-length CIDR label: CIDR labels match by containment, so this one
		// identity gives the same selections as the real longest-prefix identity.
		lbls := labels.GetCIDRLabels(netip.PrefixFrom(a, a.BitLen()))
		for _, f := range fqdns {
			if re, err := f.ToRegex(); err == nil && e.FQDN != "" && re.MatchString(dns.FQDN(e.FQDN)) {
				l := f.IdentityLabel()
				lbls[l.Key] = l
			}
		}
		for _, g := range sc.CIDRGroups {
			if err := g.mergeInto(lbls, a); err != nil {
				return err
			}
		}
		e.ident = identity.NewIdentity(identity.MinLocalIdentity+identity.NumericIdentity(n), lbls)
	default:
		ns := namespace{Name: e.Namespace}
		for _, x := range sc.Namespaces {
			if x.Name == e.Namespace {
				ns = x
			}
		}
		if _, ok := ns.Labels["kubernetes.io/metadata.name"]; !ok { // the API server adds it
			ns.Labels = maps.Clone(ns.Labels)
			if ns.Labels == nil {
				ns.Labels = map[string]string{}
			}
			ns.Labels["kubernetes.io/metadata.name"] = ns.Name
		}
		cluster, id := sc.Cluster.Name, identity.NumericIdentity(1000+n)
		if !e.isOwnPod(sc) {
			cluster, id = e.Cluster, id+2<<identity.GetClusterIDShift()
		}
		all := k8sUtils.SanitizePodLabels(e.Labels, ns, e.ServiceAccount, cluster)
		idLabels, _ := labelsfilter.Filter(labels.Map2Labels(all, labels.LabelSourceK8s))
		e.ident = identity.NewIdentity(id, idLabels)
	}
	return nil
}
