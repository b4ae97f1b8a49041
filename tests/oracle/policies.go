package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/util/yaml"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	ipcachetypes "github.com/cilium/cilium/pkg/ipcache/types"
	"github.com/cilium/cilium/pkg/k8s"
	k8sConst "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	slim_networkingv1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	slim_metav1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/apis/meta/v1"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	policyutils "github.com/cilium/cilium/pkg/policy/utils"
)

type loaded struct {
	id      ipcachetypes.ResourceID
	entries types.PolicyEntries
	rules   api.Rules
}

// refusal is a policy that the agent logs and ignores.
type refusal struct {
	Invalid   string `json:"invalid"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	File      string `json:"file,omitempty"`
	Error     string `json:"error"`
}

// documents splits a file into its YAML documents, as JSON, which distinguishes
// [] from absent.
func documents(raw []byte) (out []json.RawMessage, err error) {
	dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(raw), 4096)
	for {
		var doc json.RawMessage
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		out = append(out, doc)
	}
}

// load parses one document. A nil result without a refusal is not a policy.
func load(log *slog.Logger, doc json.RawMessage, clusterName string, svcs []service) (*loaded, *refusal) {
	var meta struct {
		Kind     string `json:"kind"`
		Metadata struct{ Name, Namespace string }
	}
	if len(doc) == 0 || json.Unmarshal(doc, &meta) != nil {
		return nil, nil
	}
	var rules api.Rules
	var err error
	kind := ipcachetypes.ResourceKindCNP
	ns := meta.Metadata.Namespace
	switch meta.Kind {
	case "CiliumNetworkPolicy":
		if ns == "" {
			ns = "default"
		}
		var cnp v2.CiliumNetworkPolicy
		if err = json.Unmarshal(doc, &cnp); err == nil {
			cnp.Namespace = ns
			resolveToServices(cnp.Spec, cnp.Specs, svcs)
			rules, err = cnp.Parse(log, clusterName) // Sanitize() + namespace/cluster scoping
		}
	case "CiliumClusterwideNetworkPolicy":
		kind, ns = ipcachetypes.ResourceKindCCNP, ""
		var ccnp v2.CiliumClusterwideNetworkPolicy
		if err = json.Unmarshal(doc, &ccnp); err == nil {
			// The agent stores both kinds as CNPs and resolves them the same way
			// (resolveCiliumNetworkPolicyRefs).
			resolveToServices(ccnp.Spec, ccnp.Specs, svcs)
			rules, err = ccnp.Parse(log, clusterName)
		}
	case "NetworkPolicy":
		if ns == "" {
			ns = "default"
		}
		var np slim_networkingv1.NetworkPolicy
		var entries types.PolicyEntries
		if err = json.Unmarshal(doc, &np); err == nil {
			np.Namespace = ns
			entries, err = k8s.ParseNetworkPolicy(log, clusterName, &np)
		}
		if err == nil {
			return &loaded{
				id:      ipcachetypes.NewResourceID(ipcachetypes.ResourceKindNetpol, ns, meta.Metadata.Name),
				entries: entries,
			}, nil
		}
	case "ClusterNetworkPolicy":
		var cnp policyv1alpha2.ClusterNetworkPolicy
		var entries types.PolicyEntries
		if err = json.Unmarshal(doc, &cnp); err == nil {
			entries, err = k8s.ParseClusterNetworkPolicy(log, clusterName, &cnp)
		}
		if err == nil {
			// addK8sClusterNetworkPolicy
			return &loaded{
				id:      ipcachetypes.NewResourceID(ipcachetypes.ResourceKindKCNP, "", meta.Metadata.Name),
				entries: entries,
			}, nil
		}
		ns = ""
	default:
		return nil, nil
	}
	if err != nil {
		return nil, &refusal{Invalid: meta.Metadata.Name, Kind: meta.Kind, Namespace: ns, Error: err.Error()}
	}
	return &loaded{
		id:      ipcachetypes.NewResourceID(kind, ns, meta.Metadata.Name),
		entries: policyutils.RulesToPolicyEntries(rules),
		rules:   rules,
	}, nil
}

// resolveToServices does the same as processRule in pkg/policy/k8s/service.go,
// but with the scenario instead of statedb tables.
func resolveToServices(spec *api.Rule, specs api.Rules, svcs []service) {
	all := slices.Clone(specs)
	if spec != nil {
		all = append(all, spec)
	}
	for _, rule := range all {
		if rule == nil {
			continue
		}
		for i := range rule.Egress {
			eg := &rule.Egress[i]
			for _, ts := range eg.ToServices {
				for _, s := range svcs {
					if !serviceMatches(ts, s) {
						continue
					}
					if len(s.Selector) == 0 {
						for _, b := range s.Backends {
							a := netip.MustParseAddr(b)
							eg.ToCIDRSet = append(eg.ToCIDRSet, api.CIDRRule{
								Cidr: api.CIDR(netip.PrefixFrom(a, a.BitLen()).String()), Generated: true})
						}
						continue
					}
					m := maps.Clone(s.Selector)
					m[k8sConst.PodNamespaceLabel] = s.Namespace
					es := api.NewESFromK8sLabelSelector(labels.LabelSourceK8sKeyPrefix, &slim_metav1.LabelSelector{MatchLabels: m})
					es.Generated = true
					eg.ToEndpoints = append(eg.ToEndpoints, es)
				}
			}
		}
	}
}

func serviceMatches(ts api.Service, s service) bool {
	if sel := ts.K8sServiceSelector; sel != nil {
		return (sel.Namespace == "" || sel.Namespace == s.Namespace) &&
			types.Matches(types.NewLabelSelector(api.EndpointSelector(sel.Selector)), serviceLabels(s.Labels))
	}
	if ref := ts.K8sService; ref != nil {
		return (ref.Namespace == "" || ref.Namespace == s.Namespace) && ref.ServiceName == s.Name
	}
	return false
}

// serviceLabels matches any source in a selector, like labelsMatcher in
// pkg/policy/k8s/service.go.
type serviceLabels map[string]string

func (l serviceLabels) GetLabel(label *labels.Label) string { return l[label.Key] }
func (l serviceLabels) HasLabel(label *labels.Label) bool {
	_, ok := l[label.Key]
	return ok
}
func (l serviceLabels) LookupLabel(label *labels.Label) (string, bool) {
	v, ok := l[label.Key]
	return v, ok
}
