#!/bin/sh
# Plays Argo's executor where there is none: `init`, `wait`, `emissary … -- COMMAND` and `kill SIGNAL PID` on the same files,
# and with the same requests, as the real one (argo-workflows, workflow/executor). busybox and kubectl are all it needs.
set -eu
umask 0
argo=/var/run/argo

init() {
  cp "$0" $argo/argoexec
  printf '%s' "$ARGO_TEMPLATE" >$argo/template
  if [ -d /argo/staging ]; then
    source=$(grep -oE '"source":"([^"\\]|\\.)*"' $argo/template | sed 's/^"source":"//; s/"$//')
    printf '%b' "$source" >/argo/staging/script
  fi
}

# NAME PATH, one output parameter a line.
outputs() {
  grep -oE '"name":"[^"]+","valueFrom":\{"path":"[^"]+"' $argo/template |
    sed -E 's/"name":"([^"]+)","valueFrom":\{"path":"([^"]+)"/\1 \2/' || true
}

emissary() {
  while [ "$1" != -- ]; do shift; done
  shift
  own=$argo/ctr/$ARGO_CONTAINER_NAME
  mkdir -p "$own"
  : >"$own/stdout" # what is told to end before it has begun writes nothing
  "$@" >"$own/stdout" &
  child=$!
  trap 'told=1; kill -TERM $child' TERM
  if [ "$ARGO_CONTAINER_NAME" != main ] && grep -q '"sidecars":' $argo/template; then
    (until [ -e $argo/ctr/main/exitcode ]; do sleep 0.1; done; kill -TERM $child) &
  fi
  while :; do
    told='' code=0
    wait $child || code=$?
    [ -n "$told" ] || break # else it was only the signal that ended our wait
  done
  cat "$own/stdout"
  if [ "$ARGO_CONTAINER_NAME" = main ]; then
    outputs | while read -r _ path; do
      mkdir -p "$argo/outputs/parameters$(dirname "$path")"
      if [ -e "$path" ]; then cp "$path" "$argo/outputs/parameters$path"; fi
    done
  fi
  echo $code >"$own/exitcode"
  exit $code
}

json() { sed 's/\\/\\\\/g; s/"/\\"/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'; }

# METHOD NAME TYPE BODY. By hand, since kubectl would read what it patches, which an executor may not.
request() {
  namespace=$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)
  path=/apis/argoproj.io/v1alpha1/namespaces/$namespace/workflowtaskresults$2
  (
    printf '%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' "$1" "$path"
    printf 'Content-Type: application/%s\r\nContent-Length: %s\r\n\r\n%s' "$3" ${#4} "$4"
    exec sleep 60 # an end would call the request off
  ) >/tmp/question &
  writer=$!
  nc 127.0.0.1 8001 </tmp/question >/tmp/answer || true
  kill $writer
  head -n 1 /tmp/answer
  grep -q '^HTTP/1.1 2' /tmp/answer || { tail -n 1 /tmp/answer >&2; return 1; }
}

patch() { request PATCH "/$ARGO_NODE_ID" merge-patch+json "$1"; }

# As the real one it knows nothing but what its environment says.
begin() {
  mkfifo /tmp/question
  kubectl proxy --port=8001 &
  until nc 127.0.0.1 8001 </dev/null 2>/dev/null; do sleep 0.1; done
  owner="{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Workflow\",\"name\":\"$ARGO_WORKFLOW_NAME\""
  metadata="\"name\":\"$ARGO_NODE_ID\",\"ownerReferences\":[$owner,\"uid\":\"$ARGO_WORKFLOW_UID\"}]"
  metadata="$metadata,\"labels\":{\"workflows.argoproj.io/workflow\":\"$ARGO_WORKFLOW_NAME\",$(label false)}"
  kind='"apiVersion":"argoproj.io/v1alpha1","kind":"WorkflowTaskResult"'
  request POST '' json "{$kind,\"metadata\":{$metadata}}" || patch "{\"metadata\":{\"labels\":{$(label false)}}}"
}

label() { echo "\"workflows.argoproj.io/report-outputs-completed\":\"$1\""; }

# Names of the containers that are waited for: those of a set, or main.
mains() {
  if grep -q '"containerSet":' $argo/template; then
    sed 's/.*"containerSet"://' $argo/template | grep -oE '\{"name":"[^"]+"' | sed -E 's/.*:"(.*)"/\1/'
  else
    echo main
  fi
}

ended() { for name in $(mains); do [ -e "$argo/ctr/$name/exitcode" ] || return 1; done; }

# As the real one it looks no further after SIGTERM: what main writes then comes too late.
wait_for_main() {
  begin
  told=''
  trap 'told=1' TERM
  until ended || [ -n "$told" ]; do sleep 0.1; done
  failed='' parameters='' result=''
  for pair in $(outputs | tr ' ' ':'); do
    name=${pair%%:*} path=${pair#*:}
    from="\"valueFrom\":{\"path\":\"$path\"}"
    if [ -e "$argo/outputs/parameters$path" ]; then
      from="\"value\":\"$(json <"$argo/outputs/parameters$path")\",$from"
    else
      failed="$failed no output parameter $name"
    fi
    parameters="$parameters${parameters:+,}{\"name\":\"$name\",$from}"
  done
  if [ "${ARGO_INCLUDE_SCRIPT_OUTPUT:-}" = true ]; then result=$(json <$argo/ctr/main/stdout); fi
  found=${parameters:+\"parameters\":[$parameters]}
  patch "{\"outputs\":{$found${result:+${found:+,}\"result\":\"$result\"}}}"
  patch "{\"metadata\":{\"labels\":{$(label true)}}}"
  if [ -n "$failed" ]; then
    echo "$failed" | tee /dev/termination-log
    exit 64
  fi
}

act=$1
shift
case $act in
init) init ;;
wait) wait_for_main ;;
emissary) emissary "$@" ;;
kill) kill "-$1" "$2" ;;
*) echo "argoexec $act is not played" >&2; exit 64 ;;
esac
