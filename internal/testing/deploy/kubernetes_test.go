package deploy

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// manifests are the objects of deploy/kubernetes.
type manifests struct {
	account    corev1.ServiceAccount
	config     corev1.ConfigMap
	deployment appsv1.Deployment
	service    corev1.Service
	budget     policyv1.PodDisruptionBudget
	sweep      batchv1.CronJob
}

// read decodes every document strictly: an unknown, repeated or mistyped member fails.
func read(t *testing.T) *manifests {
	t.Helper()
	m := &manifests{}
	kinds := map[string]any{
		"v1 ServiceAccount": &m.account, "v1 ConfigMap": &m.config, "apps/v1 Deployment": &m.deployment,
		"v1 Service": &m.service, "policy/v1 PodDisruptionBudget": &m.budget, "batch/v1 CronJob": &m.sweep,
	}
	files, err := filepath.Glob("../../../deploy/kubernetes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("manifests: %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
			var kind metav1.TypeMeta
			if err := yaml.Unmarshal(document, &kind); err != nil {
				t.Fatal(err)
			}
			name := kind.APIVersion + " " + kind.Kind
			object, ok := kinds[name]
			if !ok {
				t.Fatalf("%s: a %q that no test looks at", file, name)
			}
			delete(kinds, name) // one of each
			if err := yaml.UnmarshalStrict(document, object); err != nil {
				t.Errorf("%s: %s: %v", file, name, err)
			}
		}
	}
	for name := range kinds {
		t.Errorf("there is no %s", name)
	}
	return m
}

// TestManifests: the objects belong together, and stop and start servers as they want it.
func TestManifests(t *testing.T) {
	t.Parallel()
	m := read(t)
	pod := m.deployment.Spec.Template
	for name, selector := range map[string]map[string]string{
		"deployment": m.deployment.Spec.Selector.MatchLabels,
		"service":    m.service.Spec.Selector,
		"budget":     m.budget.Spec.Selector.MatchLabels,
	} {
		if len(selector) == 0 || !labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
			t.Errorf("the %s selects %v, not %v", name, selector, pod.Labels)
		}
	}
	if *m.deployment.Spec.Replicas < 2 || m.budget.Spec.MaxUnavailable.IntValue() != 1 {
		t.Errorf("%d servers, of which %v may be away", *m.deployment.Spec.Replicas, m.budget.Spec.MaxUnavailable)
	}
	if grace := *pod.Spec.TerminationGracePeriodSeconds; grace <= 15 { // what a server takes at most
		t.Errorf("a server is killed after %d s", grace)
	}
	server := pod.Spec.Containers[0]
	for path, probe := range map[string]*corev1.Probe{"/healthz": server.LivenessProbe, "/readyz": server.ReadinessProbe} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path || probe.HTTPGet.Port.String() != server.Ports[0].Name {
			t.Errorf("probe of %s: %v", path, probe)
		}
	}
	if start := server.StartupProbe; start == nil || start.HTTPGet.Path != "/healthz" || start.PeriodSeconds*start.FailureThreshold < 600 {
		t.Errorf("a start that migrates is cut off: %v", start)
	}
	for name, spec := range map[string]corev1.PodSpec{"server": pod.Spec, "sweep": m.sweep.Spec.JobTemplate.Spec.Template.Spec} {
		confined(t, name, spec)
		if spec.ServiceAccountName != m.account.Name {
			t.Errorf("%s: account %q", name, spec.ServiceAccountName)
		}
		known(t, name, spec.Containers[0], m.config)
	}
}

// confined reports what would let a container do more than it needs.
func confined(t *testing.T, name string, spec corev1.PodSpec) {
	t.Helper()
	pod, container := spec.SecurityContext, spec.Containers[0].SecurityContext
	if !*pod.RunAsNonRoot || *pod.RunAsUser != 65532 || pod.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("%s: runs as %v", name, pod)
	}
	if !*container.ReadOnlyRootFilesystem || *container.AllowPrivilegeEscalation || !slices.Equal(container.Capabilities.Drop, []corev1.Capability{"ALL"}) {
		t.Errorf("%s: %v", name, container)
	}
	if *spec.AutomountServiceAccountToken {
		t.Errorf("%s: has a token of the cluster", name)
	}
	if spec.Containers[0].Resources.Limits.Memory().IsZero() {
		t.Errorf("%s: may take all memory", name)
	}
}

// known reports variables in the arguments that the map does not have.
func known(t *testing.T, name string, c corev1.Container, config corev1.ConfigMap) {
	t.Helper()
	for _, arg := range c.Args {
		variable, ok := strings.CutPrefix(arg, "$(")
		if _, known := config.Data[strings.TrimSuffix(variable, ")")]; ok && !known {
			t.Errorf("%s: %s is not in the map", name, arg)
		}
	}
}
