/** Status and message of every error the emulator gives, keyed by the service's own code. */
const ERRORS = {
  // Authentication and authorisation.
  AuthenticationFailed: [
    403,
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
  ],
  NoAuthenticationInformation: [
    401,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
  ],
  InvalidAuthenticationInfo: [
    400,
    "The authentication information was not provided in the correct format. Verify the value of Authorization header.",
  ],
  AuthorizationFailure: [403, "This request is not authorized to perform this operation."],
  AuthorizationPermissionMismatch: [403, "This request is not authorized to perform this operation using this permission."],
  AuthorizationServiceMismatch: [403, "This request is not authorized to perform this operation using this service."],
  AuthorizationResourceTypeMismatch: [403, "This request is not authorized to perform this operation using this resource type."],
  AuthorizationProtocolMismatch: [403, "This request is not authorized to perform this operation using this protocol."],
  AuthorizationSourceIPMismatch: [403, "This request is not authorized to perform this operation using this source IP."],
  AccountIsDisabled: [403, "The specified account is disabled."],
  // The request itself.
  InvalidUri: [400, "The requested URI does not represent any resource on the server."],
  UnsupportedHttpVerb: [405, "The resource doesn't support specified Http Verb."],
  InvalidQueryParameterValue: [400, "Value for one of the query parameters specified in the request URI is invalid."],
  OutOfRangeQueryParameterValue: [400, "One of the query parameters specified in the request URI is outside the permissible range."],
  UnsupportedQueryParameter: [400, "One of the query parameters specified in the request URI is not supported."],
  MissingRequiredQueryParameter: [400, "A query parameter that's mandatory for this request is not specified."],
  InvalidHeaderValue: [400, "The value for one of the HTTP headers is not in the correct format."],
  MissingRequiredHeader: [400, "An HTTP header that's mandatory for this request is not specified."],
  UnsupportedHeader: [400, "One of the headers specified in the request is not supported."],
  InvalidMetadata: [400, "The metadata specified is invalid. It has characters that are not permitted."],
  EmptyMetadataKey: [400, "The key for one of the metadata key-value pairs is empty."],
  MetadataTooLarge: [400, "The size of the specified metadata exceeds the maximum size permitted."],
  MissingContentLengthHeader: [411, "The Content-Length header was not specified."],
  RequestBodyTooLarge: [413, "The request body is too large and exceeds the maximum permissible limit."],
  InvalidXmlDocument: [400, "XML specified is not syntactically valid."],
  InvalidXmlNodeValue: [400, "The value for one of the XML nodes is not in the correct format."],
  InvalidInput: [400, "One of the request inputs is not valid."],
  OutOfRangeInput: [400, "One of the request inputs is out of range."],
  InvalidResourceName: [400, "The specified resource name contains invalid characters."],
  InvalidMd5: [400, "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64 encoded."],
  Md5Mismatch: [400, "The MD5 value specified in the request did not match with the MD5 value calculated by the server."],
  Crc64Mismatch: [400, "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server."],
  InvalidRange: [416, "The range specified is invalid for the current size of the resource."],
  ConditionHeadersNotSupported: [400, "Condition headers are not supported."],
  ConditionNotMet: [412, "The condition specified using HTTP conditional header(s) is not met."],
  FeatureNotSupportedForProtocol: [409, "The share's protocol does not support this feature."],
  FeatureVersionMismatch: [409, "The operation cannot be performed because the requested feature is not available in this version."],
  // Names.
  InvalidFileOrDirectoryPathName: [400, "The specified file or directory path name is not valid."],
  // Shares and their snapshots.
  ShareAlreadyExists: [409, "The specified share already exists."],
  ShareNotFound: [404, "The specified share does not exist."],
  ShareDisabled: [403, "The specified share is disabled by the administrator."],
  ShareBeingDeleted: [409, "The specified share is being deleted. Try operation later."],
  ShareHasSnapshots: [409, "The share has snapshots and the operation requires no snapshots."],
  ShareSnapshotNotFound: [404, "The specified share snapshot does not exist."],
  DeleteShareWhenSnapshotLeased: [409, "Unable to delete share because one or more share snapshots have active leases."],
  ShareSnapshotInProgress: [409, "There is already a share snapshot operation in progress on the specified share."],
  ShareSnapshotCountExceeded: [409, "The total number of snapshots for the share is over the limit."],
  ShareSnapshotOperationNotSupported: [409, "The specified operation is not supported on a share snapshot."],
  ShareSizeLimitReached: [409, "The share's size limit has been reached."],
  PreviousSnapshotNotFound: [404, "The previous snapshot is not found."],
  PreviousSnapshotOperationNotSupported: [409, "The previous snapshot has to be older than the share or snapshot that is asked about."],
  FileRenamed: [409, "The file was renamed or moved since the previous snapshot, and the request does not allow for that."],
  FileGenerationMismatch: [409, "The file was deleted and recreated since the previous snapshot was taken."],
  // Files and directories.
  ResourceNotFound: [404, "The specified resource does not exist."],
  ParentNotFound: [404, "The specified parent path does not exist."],
  ResourceAlreadyExists: [409, "The specified resource already exists."],
  ResourceTypeMismatch: [409, "The specified resource type does not match the type of the existing resource."],
  DirectoryNotEmpty: [409, "The specified directory is not empty."],
  DeletePending: [409, "The specified resource is marked for deletion by an SMB client."],
  SharingViolation: [409, "The specified resource may be in use by an SMB client."],
  FileLockConflict: [409, "A portion of the specified file is locked by an SMB client."],
  ReadOnlyAttribute: [409, "The specified resource is read-only and cannot be modified at this time."],
  CannotDeleteFileOrDirectory: [409, "The file or directory could not be deleted because it is in use by an SMB client."],
  ClientCacheFlushDelay: [500, "The specified resource state could not be flushed from an SMB client in the specified time."],
  ContainerQuotaDowngradeNotAllowed: [409, "The share's quota cannot be lowered at this time."],
  FileInvalidPermission: [400, "The specified file permission is not valid."],
  FileInvalidPermissionKey: [400, "The specified file permission key does not exist in the share."],
  FileOpenBySmbClient: [409, "The current file is open by an SMB client."],
  // Leases.
  LeaseAlreadyPresent: [409, "There is already a lease present."],
  LeaseAlreadyBroken: [409, "The lease has already been broken and cannot be broken again."],
  LeaseNotPresentWithLeaseOperation: [409, "There is currently no lease on the resource."],
  LeaseIdMismatchWithLeaseOperation: [409, "The lease ID specified did not match the lease ID for the resource."],
  LeaseIsBreakingAndCannotBeAcquired: [
    409,
    "The lease ID matched, but the lease is currently in breaking state and cannot be acquired until it is broken.",
  ],
  LeaseIsBreakingAndCannotBeChanged: [409, "The lease ID matched, but the lease is currently in breaking state and cannot be changed."],
  LeaseIsBrokenAndCannotBeRenewed: [409, "The lease ID matched, but the lease has been broken explicitly and cannot be renewed."],
  LeaseIdMissing: [412, "There is currently a lease on the resource and no lease ID was specified in the request."],
  LeaseIdMismatchWithFileOperation: [412, "The lease ID specified did not match the lease ID for the file."],
  LeaseIdMismatchWithContainerOperation: [412, "The lease ID specified did not match the lease ID for the share."],
  LeaseNotPresentWithFileOperation: [412, "There is currently no lease on the file."],
  LeaseNotPresentWithContainerOperation: [412, "There is currently no lease on the share."],
  LeaseLost: [412, "A lease ID was specified, but the lease for the resource has expired."],
  // Copies.
  PendingCopyOperation: [409, "There is currently a pending copy operation."],
  NoPendingCopyOperation: [409, "There is currently no pending copy operation."],
  CopyIdMismatch: [409, "The specified copy ID did not match the copy ID for the pending copy operation."],
  CannotVerifyCopySource: [404, "Could not verify the copy source within the specified time."],
  InvalidCopySource: [400, "The specified copy source is not valid."],
  // The server's own state.
  ServerBusy: [503, "The server is busy."],
  TooManyRequests: [429, "The request rate is over the limit. Try again later."],
  OperationTimedOut: [500, "The operation could not be completed within the permitted time."],
  InternalError: [500, "The server encountered an internal error. Please retry the request."],
  NotImplemented: [501, "The requested operation is not implemented on the specified resource."],
} as const;

/** A code of the service, as `x-ms-error-code` carries it. */
export type StorageErrorCode = keyof typeof ERRORS;

/** What a request is refused with: becomes status, `x-ms-error-code` and an XML body. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: StorageErrorCode;
  readonly status: number;
  /** Further elements of the error's XML, such as `HeaderName` or `AuthenticationErrorDetail`. */
  readonly details: Readonly<Record<string, string>>;
  /** Further headers of the answer, such as `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: StorageErrorCode, more: StorageErrorMore = {}) {
    const [status, message] = ERRORS[code];
    super(more.message ?? message);
    this.code = code;
    this.status = status;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }
}

/** What an error may say beyond its code. */
export interface StorageErrorMore {
  /** Instead of the code's own message. */
  readonly message?: string;
  readonly details?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The refusal of one header's value, with the name and value as the service reports them. */
export function invalidHeader(name: string, value: string): StorageError {
  return new StorageError("InvalidHeaderValue", { details: { HeaderName: name, HeaderValue: value } });
}

/** The refusal of a request that lacks a header. */
export function missingHeader(name: string): StorageError {
  return new StorageError("MissingRequiredHeader", { details: { HeaderName: name } });
}

/** The refusal of one query parameter's value. */
export function invalidQuery(name: string, value: string): StorageError {
  return new StorageError("InvalidQueryParameterValue", { details: { QueryParameterName: name, QueryParameterValue: value } });
}
