// Where Pulumi's analyzer begins: everything that a user can import.
export * from "../../../lib";
export * from "../../../lib/kind";
