import assert from "node:assert/strict";

import { crdTemplate } from "../../../../sandbox/standins/charts/crds.ts";

const definition = `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    operator.prometheus.io/version: 0.0.1
  name: probes.monitoring.coreos.com
spec:
  description: for example {{ $labels.job }}
`;

describe("the template of a custom resource definition", () => {
  it("can be switched off, takes annotations, and says nothing to Helm by accident", () => {
    assert.deepEqual(crdTemplate(definition), {
      file: "probes.yaml",
      text: `{{- if .Values.probes.enabled }}
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    belfry.dev/stand-in: "true"
    {{- with .Values.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    operator.prometheus.io/version: 0.0.1
  name: probes.monitoring.coreos.com
spec:
  description: for example {{ "{{" }} $labels.job {{ "}}" }}
{{- end }}
`,
    });
  });

  it("is not made of another file", () => {
    const message = "a file of the operator's custom resource definitions does not look like one";
    assert.throws(() => crdTemplate("kind: List\n"), { message });
    const without = definition.replace("  annotations:\n    operator.prometheus.io/version: 0.0.1\n", "");
    assert.throws(() => crdTemplate(without), { message });
  });
});
