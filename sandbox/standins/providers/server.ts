/**
 * A resource provider as the engine talks to it. The SDK's own server for providers cannot do previews, configuration
 * or named changes, so this speaks the protocol itself.
 */
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import { pathText } from "./diff.ts";
import { type DiffResult, InitFailed, type Provider } from "./provider.ts";
import type { WireObject } from "./wire.ts";

/** Between two looks whether the engine is still there. */
const parentCheckMs = 1000;
/** The engine gives a plugin five seconds to end by itself. */
const endMs = 4500;

/** Listens on loopback and tells the engine the port, on standard output as the protocol wants it. */
export async function serve(resources: Provider): Promise<void> {
  const cancellation = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  const unary =
    <Request, Response>(handle: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> =>
    ({ request }, callback) => {
      const work = handle(request).then(
        (response) => callback(null, response),
        (error: unknown) => callback(failure(error)),
      );
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    };
  server.addService(service.ResourceProviderService, methods(resources, cancellation, unary));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  endWithEngine(async () => {
    cancellation.abort(new Error("the operation was cancelled"));
    await Promise.race([Promise.all(underWay), new Promise((resolve) => setTimeout(resolve, endMs))]);
  });
  process.stdout.write(`${port}\n`);
}

type Unary = <Request, Response>(handle: (request: Request) => Promise<Response>) => handleUnaryCall<Request, Response>;

function methods(resources: Provider, cancellation: AbortController, unary: Unary): UntypedServiceImplementation {
  const { signal } = cancellation;
  const empty = () => Promise.resolve(new emptyProto.Empty());
  return {
    getPluginInfo: unary(() => Promise.resolve(new pluginProto.PluginInfo().setVersion(resources.version))),
    attach: unary(empty),
    cancel: unary(() => {
      cancellation.abort(new Error("the operation was cancelled"));
      return empty();
    }),
    getSchema: unary(() => Promise.resolve(new proto.GetSchemaResponse().setSchema("{}"))),
    checkConfig: unary((request: provider.CheckRequest) =>
      Promise.resolve(new proto.CheckResponse().setInputs(request.getNews())),
    ),
    // A changed configuration never replaces what was made with the old one: the sandbox is one and the same cluster.
    diffConfig: unary(() =>
      Promise.resolve(new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_UNKNOWN)),
    ),
    configure: unary(async (request: provider.ConfigureRequest) => {
      await resources.configure(object(request.getArgs()));
      return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    invoke: unary(async (request: provider.InvokeRequest) => {
      if (resources.invoke === undefined) throw new Error(`the stand-in has no function ${request.getTok()}`);
      const result = await resources.invoke(request.getTok(), object(request.getArgs()));
      return new proto.InvokeResponse().setReturn(struct(result));
    }),
    check: unary(async (request: provider.CheckRequest) => {
      const { inputs, failures = [] } = await resources.check({
        urn: request.getUrn(),
        olds: object(request.getOlds()),
        news: object(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
      });
      const list = failures.map(({ property, reason }) =>
        new proto.CheckFailure().setProperty(property).setReason(reason),
      );
      return new proto.CheckResponse().setInputs(struct(inputs)).setFailuresList(list);
    }),
    diff: unary(async (request: provider.DiffRequest) =>
      diffResponse(
        await resources.diff({
          urn: request.getUrn(),
          id: request.getId(),
          oldInputs: object(request.getOldInputs()),
          news: object(request.getNews()),
        }),
      ),
    ),
    create: unary(async (request: provider.CreateRequest) => {
      const { id, state } = await resources.create({
        urn: request.getUrn(),
        news: object(request.getProperties()),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
        signal,
      });
      return new proto.CreateResponse().setId(request.getPreview() ? "" : id).setProperties(struct(state));
    }),
    update: unary(async (request: provider.UpdateRequest) => {
      const state = await resources.update({
        urn: request.getUrn(),
        id: request.getId(),
        olds: object(request.getOlds()),
        news: object(request.getNews()),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
        signal,
      });
      return new proto.UpdateResponse().setProperties(struct(state));
    }),
    read: unary(async (request: provider.ReadRequest) => {
      const found = await resources.read({
        urn: request.getUrn(),
        id: request.getId(),
        state: object(request.getProperties()),
        inputs: object(request.getInputs()),
        signal,
      });
      // An empty id says that it is gone.
      if (found === undefined) return new proto.ReadResponse();
      return new proto.ReadResponse()
        .setId(found.id)
        .setProperties(struct(found.state))
        .setInputs(struct(found.inputs));
    }),
    delete: unary(async (request: provider.DeleteRequest) => {
      await resources.delete({
        urn: request.getUrn(),
        id: request.getId(),
        state: object(request.getProperties()),
        oldInputs: object(request.getOldInputs()),
        timeoutSeconds: request.getTimeout(),
        signal,
      });
      return empty();
    }),
  };
}

function diffResponse({ changes, deleteBeforeReplace }: DiffResult): provider.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const { Kind } = proto.PropertyDiff;
  const kinds = {
    add: { update: Kind.ADD, replace: Kind.ADD_REPLACE },
    delete: { update: Kind.DELETE, replace: Kind.DELETE_REPLACE },
    update: { update: Kind.UPDATE, replace: Kind.UPDATE_REPLACE },
  };
  const response = new proto.DiffResponse();
  response.setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setHasdetaileddiff(true);
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setDiffsList([...new Set(changes.map(({ path }) => String(path[0])))]);
  response.setReplacesList(changes.filter(({ replaces }) => replaces).map(({ path }) => pathText(path)));
  for (const { path, kind, replaces } of changes) {
    const property = new proto.PropertyDiff();
    property.setKind(kinds[kind][replaces ? "replace" : "update"]);
    property.setInputdiff(true);
    response.getDetaileddiffMap().set(pathText(path), property);
  }
  return response;
}

/** What a call is answered with when it fails. */
function failure(error: unknown): { code: status; details: string; metadata: Metadata } {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new Metadata();
  if (error instanceof InitFailed) {
    const detail = new proto.ErrorResourceInitFailed();
    detail.setId(error.resource.id);
    detail.setProperties(struct(error.resource.state));
    detail.setReasonsList([message]);
    const packed = new anyProto.Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const answer = new statusProto.Status();
    answer.setCode(status.UNKNOWN);
    answer.setMessage(message);
    answer.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  }
  return { code: status.UNKNOWN, details: message, metadata };
}

/** Ends this process when the engine asks for it, or is not there any more. */
function endWithEngine(cancel: () => Promise<void>): void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void cancel().finally(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) end();
  }, parentCheckMs).unref();
}

function object(value: structProto.Struct | undefined): WireObject {
  return value === undefined ? {} : value.toJavaScript();
}

function struct(value: WireObject): structProto.Struct {
  return structProto.Struct.fromJavaScript(value);
}
