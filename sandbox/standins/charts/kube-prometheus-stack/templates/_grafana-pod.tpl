{{- /* Refuses secrets in grafana.ini, as the real chart does for these; names of variables and files are none. */}}
{{- define "standin.noLeakedSecrets" -}}
{{- range $section, $entries := . }}
{{- if kindIs "map" $entries }}
{{- range $key, $value := $entries }}
{{- if and (has $key (list "password" "secret_key" "admin_password" "bind_password" "client_secret")) (not (regexMatch `\$(__(env|file|vault))?{[^}]+}` (print $value))) }}
{{- fail (printf "grafana.ini holds a secret: %s.%s" $section $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* A sidecar that writes labelled ConfigMaps into a directory: root, name, label, labelValue, folder, namespace, reload, secret. */}}
{{- define "standin.grafanaSidecar" -}}
{{- $values := .root.Values.grafana }}
name: {{ .name }}
image: {{ include "standin.image" (dict "root" .root "image" $values.sidecar.image) }}
imagePullPolicy: {{ $values.sidecar.imagePullPolicy }}
env:
  - name: METHOD
    value: WATCH
  - name: LABEL
    value: {{ .label }}
  {{- with .labelValue }}
  - name: LABEL_VALUE
    value: {{ . | quote }}
  {{- end }}
  - name: FOLDER
    value: {{ .folder }}
  - name: RESOURCE
    value: both
  {{- with .namespace }}
  - name: NAMESPACE
    value: {{ . }}
  {{- end }}
  - name: REQ_USERNAME
    valueFrom:
      secretKeyRef:
        name: {{ .secret }}
        key: {{ default "admin-user" $values.admin.userKey }}
  - name: REQ_PASSWORD
    valueFrom:
      secretKeyRef:
        name: {{ .secret }}
        key: {{ default "admin-password" $values.admin.passwordKey }}
  - name: REQ_URL
    value: {{ .reload }}
  - name: REQ_METHOD
    value: POST
  {{- with .folderAnnotation }}
  - name: FOLDER_ANNOTATION
    value: {{ . }}
  {{- end }}
{{- with $values.sidecar.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $values.sidecar.securityContext | nindent 2 }}
volumeMounts:
  - name: {{ .volume }}
    mountPath: {{ .folder }}
{{- end }}

{{- /* Grafana's pod: root, name, pin, storage (claim: a claim of its own, template: a StatefulSet's claim, none). */}}
{{- define "standin.grafanaPod" -}}
{{- $root := .root }}
{{- $values := .root.Values.grafana }}
{{- $secret := default .name $values.admin.existingSecret }}
{{- $dashboards := $values.sidecar.dashboards }}
{{- $datasources := $values.sidecar.datasources }}
metadata:
  labels:
    {{- include "standin.sublabels" (dict "root" $root "subchart" "grafana") | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/config: {{ toYaml (index $values "grafana.ini") | sha256sum }}
    kubectl.kubernetes.io/default-container: grafana
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ .name }}
  automountServiceAccountToken: true
  shareProcessNamespace: {{ $values.shareProcessNamespace }}
  enableServiceLinks: {{ $values.enableServiceLinks }}
  securityContext:
    {{- toYaml $values.securityContext | nindent 4 }}
  {{- with include "standin.copy" (dict "from" $values "keys" "nodeSelector affinity tolerations topologySpreadConstraints priorityClassName") }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if and (ne .storage "none") $values.initChownData.enabled }}
  initContainers:
    - name: init-chown-data
      image: {{ include "standin.image" (dict "root" $root "image" $values.initChownData.image) }}
      imagePullPolicy: {{ $values.initChownData.image.pullPolicy }}
      command: [chown, -R, "{{ $values.securityContext.runAsUser }}:{{ $values.securityContext.runAsGroup }}", /var/lib/grafana]
      {{- with $values.initChownData.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml $values.initChownData.securityContext | nindent 8 }}
      volumeMounts:
        - name: storage
          mountPath: /var/lib/grafana
  {{- end }}
  containers:
    {{- if $dashboards.enabled }}
    - {{ include "standin.grafanaSidecar" (dict "root" $root "name" "grafana-sc-dashboard" "label" $dashboards.label "labelValue" $dashboards.labelValue "folder" $dashboards.folder "namespace" $dashboards.searchNamespace "reload" $dashboards.reloadURL "secret" $secret "volume" "sc-dashboard-volume" "folderAnnotation" $dashboards.folderAnnotation) | nindent 6 | trim }}
    {{- end }}
    {{- if $datasources.enabled }}
    - {{ include "standin.grafanaSidecar" (dict "root" $root "name" "grafana-sc-datasources" "label" $datasources.label "labelValue" $datasources.labelValue "folder" "/etc/grafana/provisioning/datasources" "namespace" $datasources.searchNamespace "reload" $datasources.reloadURL "secret" $secret "volume" "sc-datasources-volume") | nindent 6 | trim }}
    {{- end }}
    - name: grafana
      image: {{ include "standin.image" (dict "root" $root "image" $values.image "tag" .pin.appVersion) }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      ports:
        - name: {{ $values.podPortName }}
          containerPort: {{ $values.service.targetPort }}
          protocol: TCP
        - name: {{ $values.gossipPortName }}-tcp
          containerPort: 9094
          protocol: TCP
        - name: {{ $values.gossipPortName }}-udp
          containerPort: 9094
          protocol: UDP
      env:
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        - name: GF_SECURITY_ADMIN_USER
          valueFrom:
            secretKeyRef:
              name: {{ $secret }}
              key: {{ default "admin-user" $values.admin.userKey }}
        - name: GF_SECURITY_ADMIN_PASSWORD
          valueFrom:
            secretKeyRef:
              name: {{ $secret }}
              key: {{ default "admin-password" $values.admin.passwordKey }}
        {{- with $values.smtp.existingSecret }}
        - name: GF_SMTP_USER
          valueFrom:
            secretKeyRef:
              name: {{ . }}
              key: {{ $values.smtp.userKey }}
        - name: GF_SMTP_PASSWORD
          valueFrom:
            secretKeyRef:
              name: {{ . }}
              key: {{ $values.smtp.passwordKey }}
        {{- end }}
        {{- range $variable, $from := $values.envValueFrom }}
        - name: {{ $variable }}
          valueFrom:
            {{- tpl (toYaml $from) $root | nindent 12 }}
        {{- end }}
        {{- range $variable, $value := $values.env }}
        - name: {{ $variable }}
          value: {{ $value | quote }}
        {{- end }}
      {{- with $values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml $values.containerSecurityContext | nindent 8 }}
      livenessProbe:
        {{- toYaml $values.livenessProbe | nindent 8 }}
      readinessProbe:
        {{- toYaml $values.readinessProbe | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/grafana/grafana.ini
          subPath: grafana.ini
        - name: storage
          mountPath: /var/lib/grafana
        {{- if $dashboards.enabled }}
        - name: sc-dashboard-volume
          mountPath: {{ $dashboards.folder }}
        - name: sc-dashboard-provider
          mountPath: /etc/grafana/provisioning/dashboards/sc-dashboardproviders.yaml
          subPath: provider.yaml
        {{- end }}
        {{- if $datasources.enabled }}
        - name: sc-datasources-volume
          mountPath: /etc/grafana/provisioning/datasources
        {{- end }}
        {{- range $values.extraSecretMounts }}
        - name: {{ .name }}
          mountPath: {{ .mountPath }}
          readOnly: {{ .readOnly }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ .name }}
    {{- if eq .storage "claim" }}
    - name: storage
      persistentVolumeClaim:
        claimName: {{ default .name $values.persistence.existingClaim }}
    {{- else if eq .storage "none" }}
    - name: storage
      emptyDir: {}
    {{- end }}
    {{- if $dashboards.enabled }}
    - name: sc-dashboard-volume
      emptyDir: {}
    - name: sc-dashboard-provider
      configMap:
        name: {{ .name }}-config-dashboards
    {{- end }}
    {{- if $datasources.enabled }}
    - name: sc-datasources-volume
      emptyDir: {}
    {{- end }}
    {{- range $values.extraSecretMounts }}
    - name: {{ .name }}
      secret:
        secretName: {{ .secretName }}
        defaultMode: {{ .defaultMode }}
        {{- with .items }}
        items:
          {{- toYaml . | nindent 10 }}
        {{- end }}
    {{- end }}
{{- end }}
