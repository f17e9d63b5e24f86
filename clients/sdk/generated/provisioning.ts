// Made by `npm run sdk` from the OpenAPI document of the provisioning service. Do not edit.
export interface paths {
    "/provisioning/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List images and snapshots */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Image"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Declare an image; upload its parts and seal it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        name: string;
                        project: string | null;
                        /**
                         * @description Of the raw disk; null where it comes packed, as qcow2, or from elsewhere
                         * @default null
                         */
                        sizeBytes?: number | null;
                        /**
                         * @description Of its kernel; null for an image that boots by its own boot loader
                         * @default null
                         */
                        cmdline?: string | null;
                        /** @default false */
                        public?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Image"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an image */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Image"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete an image or a snapshot that nothing stands on */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Rename an image, make it public or private */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        name?: string;
                        public?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Image"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/provisioning/v1/images/{image}/seal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Seal an image: it never changes again */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Run as root in the image, without a network; /bin/sh without #! */
                        script?: string;
                        /** @default 600 */
                        timeoutSeconds?: number;
                    } | null;
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a script on a clone of an image, and seal what comes of it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Of the image that is made */
                        name: string;
                        project: string | null;
                        /** @description Run as root in the image, without a network; /bin/sh without #! */
                        script: string;
                        /** @default 600 */
                        timeoutSeconds?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/operations/{id}/output": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the script of an operation has written */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ScriptOutput"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it can boot over iSCSI by its own boot loader, and what it lacks */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BootReport"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read an image and compare it with the hash it was sealed with */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/{part}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Upload a part */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                    part: "disk" | "kernel" | "initrd";
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch the disk of a declared image, and seal it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description http or https; raw, qcow2, or raw packed with gzip or zstd */
                        url?: string;
                        /** @description REGISTRY/REPOSITORY:TAG or @DIGEST */
                        oci?: string;
                        /** @description Of the file at the URL, as its publisher prints it */
                        sha256?: string;
                        /** @description Of the raw disk: where an image of yours has it, nothing is fetched */
                        contentSha256?: string;
                        user?: string;
                        password?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a qcow2 file of an image, to be downloaded */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/push": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Push an image to a registry, as an OCI artifact */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description REGISTRY/REPOSITORY:TAG */
                        reference: string;
                        /**
                         * @default zstd
                         * @enum {string}
                         */
                        format?: "raw" | "qcow2" | "gzip" | "zstd";
                        user?: string;
                        password?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copy an image; no byte of it is written */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        name: string;
                        project: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/shares/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Let another project boot an image */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    project: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        post?: never;
        /** Share an image no longer; what was cloned of it stays */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    project: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/operations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End an import, an export or a verification */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/disk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download the disk of an image */
        get: {
            parameters: {
                query?: {
                    format?: "raw" | "qcow2";
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/volumes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List volumes */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Volume"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Clone an image */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        name: string;
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        project: string;
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        image: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Volume"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/volumes/{volume}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a volume */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    volume: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Volume"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete a volume that no node runs from */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    volume: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/volumes/{volume}/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The snapshots of a volume, the oldest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    volume: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Image"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Take a snapshot: an image of what the volume holds now */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    volume: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        name: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Image"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/volumes/{volume}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give up what changed since a snapshot, or since its image; no node runs from it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    volume: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A snapshot of it, or its image */
                        to: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Volume"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Images and volumes that were deleted and can come back */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deleted"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/images/{image}/undelete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring back a deleted image: private, and shared with nobody */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    image: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Image"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/volumes/{volume}/undelete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring back a deleted volume */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    volume: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Volume"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/boots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List boots: those that live, or all */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                    all?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Boot"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Boot a node from a clone of an image, or from a volume */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        node: string;
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        image?: string;
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        volume?: string;
                        /**
                         * @description diskless: the disk stays on the network; copy: the image is written to the local disk, which is booted then; ram: the image is held in memory
                         * @default diskless
                         * @enum {string}
                         */
                        mode?: "diskless" | "copy" | "ram";
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        nic?: string;
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        hostname?: string;
                        /** @default [] */
                        sshAuthorizedKeys?: string[];
                        users?: {
                            name: string;
                            /** @default [] */
                            sshAuthorizedKeys?: string[];
                            /**
                             * @description May become root without a password
                             * @default false
                             */
                            sudo?: boolean;
                            /** @default /bin/bash */
                            shell?: string;
                        }[];
                        /** @description For the node's cloud-init, or a script; given out once, to the node */
                        userData?: string;
                        /**
                         * @description Among boots that wait; high is for operators
                         * @default normal
                         * @enum {string}
                         */
                        priority?: "low" | "normal" | "high";
                        spare?: components["schemas"]["SpareInput"];
                        /** @description An inspection token: the node tells what it is made of, and powers off */
                        inspection?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Boot"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/boots/{boot}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a boot with its timeline */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Its id, or a node for its latest boot */
                    boot: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Boot"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** End a boot: the node goes off, its target is closed; the volume stays unless told */
        delete: {
            parameters: {
                query?: {
                    deleteVolume?: string;
                };
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Its id, or a node for its latest boot */
                    boot: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/boot-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List boot groups */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BootGroup"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Boot many nodes from clones of one image */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        project: string;
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        image: string;
                        /** @description Nodes that the project holds */
                        nodes?: string[];
                        /** @description Or so many free nodes, to be allocated */
                        count?: number;
                        /** @description Free nodes alone with these labels of metadata; `firmware` is what was registered */
                        where?: {
                            [key: string]: string;
                        };
                        /** @description Be content with so many; all by default */
                        atLeast?: number;
                        /** @default [] */
                        sshAuthorizedKeys?: string[];
                        /**
                         * @default normal
                         * @enum {string}
                         */
                        priority?: "low" | "normal" | "high";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BootGroup"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/boot-groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a boot group with each of its nodes */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    group: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BootGroup"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** End the boots of a group; its record stays */
        delete: {
            parameters: {
                query?: {
                    /** @description Also those that run; else those alone that come up */
                    running?: string;
                    deleteVolumes?: string;
                    /** @description Give back the nodes that the group has allocated */
                    release?: string;
                };
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    group: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/admission": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many nodes come up now, and how many boots wait */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Admission"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/boots/{boot}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move a running disk to another node of the project: shut down, fence, boot there */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Its id, or a node for its latest boot */
                    boot: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        to: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Follow it at /operations/{id} */
                            operation: string;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/boots/{boot}/reprovision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Boot a running node from another image or snapshot; its volume stays */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Its id, or a node for its latest boot */
                    boot: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        image: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/wipes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Erase the disks of a node that is being released, by the policy for it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        node: string;
                        /** @description The one that is over */
                        allocation: string;
                        /** @description The release that waits for it */
                        operation: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Started"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/operations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an operation; waits up to `wait` seconds for its end */
        get: {
            parameters: {
                query?: {
                    wait?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Operation"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened, oldest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens, as server-sent events: after `Last-Event-ID` or `after`, else from now on */
        get: {
            parameters: {
                query?: {
                    after?: number;
                };
                header?: {
                    "last-event-id"?: number;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asked for which change, oldest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditLine"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow the chain of the audit log */
        get: {
            parameters: {
                query?: {
                    /** @description SEQUENCE:HASH of a line that was kept elsewhere */
                    checkpoint?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            lines: number;
                            /** @description Keep it elsewhere: a checkpoint */
                            head: {
                                sequence: number;
                                hash: string;
                            };
                            /** @description The first thing that is wrong */
                            fault: string | null;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/provisioning/v1/traffic": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reads and writes of nodes: of one node, volume, boot or lease, or of all */
        get: {
            parameters: {
                query?: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node?: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    volume?: string;
                    boot?: string;
                    lease?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Traffic"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ErrorInput: {
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            };
        };
        OperationInput: {
            id: string;
            kind: string;
            subject: string;
            project: string | null;
            /** @enum {string} */
            state: "running" | "succeeded" | "failed";
            steps: {
                name: string;
                startedAt: string;
                finishedAt?: string;
                /** @description What is being waited for */
                note?: string;
            }[];
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            } | null;
            createdAt: string;
            finishedAt: string | null;
        };
        DoneInput: Record<string, never>;
        StartedInput: {
            /** @description Follow it at /operations/{id} */
            operation: string;
        };
        HookInput: {
            name: string;
            subject: string | null;
            url: string;
            timeoutSeconds: number;
        };
        UserInput: {
            name: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            disabled: boolean;
            projects: string[];
        };
        TokenInput: {
            id: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            project: string | null;
            user: string | null;
            label: string;
            createdAt: string;
            expiresAt: string | null;
            /** @description By the hour */
            lastUsedAt: string | null;
        };
        EventInput: {
            sequence: number;
            at: string;
            kind: string;
            subject: string;
            project: string | null;
            data: {
                [key: string]: unknown;
            };
        };
        AuditLineInput: {
            sequence: number;
            at: string;
            /** @description token/ID, user/NAME, oidc/SUBJECT, or the service itself */
            actor: string;
            label: string;
            address: string | null;
            request: string | null;
            action: string;
            /** @description What was sent, as JSON without secrets */
            input: string | null;
            /** @enum {string} */
            outcome: "done" | "begun" | "refused" | "failed";
            code: string | null;
            hash: string;
        };
        NetworkInput: {
            name: string;
            /** @description `PROJECT/NAME`, or `NAME` for the operator's */
            fullName: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @description Shown to operators */
            vlan?: number;
            /** @description Its ports cannot reach one another, only ports that are not isolated */
            isolated: boolean;
            public: boolean;
            access: string[];
        };
        NodeInput: {
            name: string;
            /** @description Who holds it; null is nobody, or not yours to know */
            project: string | null;
            /** @description The time that it holds it */
            allocation: string | null;
            /** @description null is the data centre */
            owner: string | null;
            /** @description Why it is given to operators alone */
            maintenance: string | null;
            /** @description The one that it is held by */
            lease: {
                id: string;
                project: string;
                endsAt: string;
                recalledAt: string | null;
            } | null;
            /** @enum {string} */
            state: "free" | "allocated" | "releasing";
            /** @enum {string} */
            firmware: "bios" | "uefi";
            nics: {
                name: string;
                mac: string;
                switch?: string;
                port?: string;
                networks: {
                    /** @description Its full name */
                    network: string;
                    /** @enum {string} */
                    mode: "native" | "tagged";
                    /** @enum {string} */
                    state: "attaching" | "attached" | "detaching";
                }[];
            }[];
            /** @description What the operator noted */
            metadata: {
                [key: string]: unknown;
            };
        };
        PowerInput: {
            /** @enum {string} */
            power: "on" | "off";
        };
        ProjectInput: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
        };
        ProjectDetailsInput: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
            createdAt: string;
            quota: {
                /** @description null is as many as there are */
                nodes: number | null;
                /** @description null is as many as there are */
                networks: number | null;
            };
            used: {
                nodes: number;
                networks: number;
            };
        };
        SwitchInput: {
            name: string;
            driver: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            ports: number;
        };
        PortInput: {
            name: string;
            /** @description The NIC at the other end, as node/nic */
            nic: string | null;
            /** @enum {string} */
            state: "pending" | "verified" | "failed" | "drifted";
            wanted: string;
            observed: string;
            error: string | null;
        };
        SwitchDiffInput: {
            switch: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            /** @description How many registered ports were read */
            read: number;
            /** @description Those that are not as they should be */
            ports: {
                name: string;
                nic: string | null;
                /**
                 * @description A pending one is being changed
                 * @enum {string}
                 */
                state: "pending" | "verified" | "failed" | "drifted";
                wanted: string;
                found: string;
            }[];
            /** @description Other ports that carry VLANs of networks: links between switches and machines of the operator do */
            unregistered: {
                name: string;
                found: string;
                networks: string[];
            }[];
        };
        ConsoleMatchesInput: {
            matches: {
                /** @description Where the line begins in the log, in bytes */
                offset: number;
                /** @description When it was printed, within a quarter of a second */
                at: string | null;
                line: string;
                before: string[];
                after: string[];
            }[];
            /** @description Send it as `after` to go on; null when all was searched */
            next: number | null;
        };
        ConsoleLogInput: {
            allocation: string;
            node: string;
            project: string;
            startedAt: string;
            /** @description Null while the project holds the node */
            endedAt: string | null;
            /** @description What is kept of it */
            bytes: number;
        };
        FactsInput: {
            system: {
                vendor?: string;
                product?: string;
                serial?: string;
                bios?: string;
                firmware?: string;
                tpm?: string;
            };
            cpu: {
                model?: string;
                sockets: number;
                threads: number;
            };
            memoryBytes: number;
            disks: {
                name: string;
                bytes: number;
                model?: string;
                serial?: string;
                rotational?: boolean;
            }[];
            nics: {
                name: string;
                mac: string;
                link: boolean;
                megabits?: number;
                /** @description The switch that it heard by LLDP; shown to operators */
                neighbour?: {
                    chassisId: string;
                    portId: string;
                    systemName?: string;
                };
            }[];
        };
        HealthInput: {
            /** @enum {string} */
            status: "ok" | "degraded" | "failed";
            bmc: {
                reachable: boolean;
                power: ("on" | "off") | null;
                readAt: string | null;
                error: {
                    code: string;
                    message: string;
                    at: string;
                } | null;
            };
            ports: {
                nic: string;
                /** @enum {string} */
                state: "pending" | "verified" | "failed";
                /** @description Shown to operators */
                error: string | null;
            }[];
        };
        LeaseInput: {
            id: string;
            node: string;
            /** @description null is the data centre */
            owner: string | null;
            /** @description The tenant */
            project: string;
            startsAt: string;
            endsAt: string;
            noticeSeconds: number;
            recalledAt: string | null;
            /** @enum {string} */
            state: "scheduled" | "active" | "ended";
            /** @description Why what is due has not happened yet */
            cause: string | null;
            endedAt: string | null;
        };
        LatencyInput: {
            count: number;
            sumUs: number;
            /** @description Not cumulative; powers of two */
            buckets: {
                belowUs: number;
                count: number;
            }[];
        };
        TrafficFiguresInput: {
            reads: number;
            writes: number;
            flushes: number;
            readBytes: number;
            writtenBytes: number;
            errors: number;
            /** @description Blocks of images that the shared cache had */
            cacheHits: number;
            cacheMisses: number;
            latency: {
                read: components["schemas"]["LatencyInput"];
                write: components["schemas"]["LatencyInput"];
                flush: components["schemas"]["LatencyInput"];
            };
        };
        BootTrafficInput: {
            boot: string;
            node: string;
            project: string;
            volume: string;
            image: string;
            lease: string | null;
            begunAt: string;
            updatedAt: string;
            figures: components["schemas"]["TrafficFiguresInput"];
            /** @description Cumulative; ms since the boot was asked for */
            points: {
                ms: number;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        TrafficInput: {
            /** @description The oldest first */
            boots: components["schemas"]["BootTrafficInput"][];
            total: components["schemas"]["TrafficFiguresInput"];
            /** @description The sum of all, cumulative */
            points: {
                at: string;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        ImageInput: {
            name: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @enum {string} */
            kind: "image" | "snapshot";
            /** @enum {string} */
            state: "uploading" | "sealed";
            public: boolean;
            /** @description 0 until it is known */
            sizeBytes: number;
            sha256: string | null;
            parent: string | null;
            /** @description Projects that may boot it; told to its owner alone */
            sharedWith: string[];
            createdAt: string;
        };
        ScriptOutputInput: {
            /** @description The last 256 KiB of it */
            output: string;
            at: string;
        };
        BootReportInput: {
            /**
             * @description As far as a disk can tell: it was not booted
             * @enum {string}
             */
            boots: "yes" | "no" | "unknown";
            system?: string;
            findings: {
                what: string;
                /** @enum {string} */
                state: "ok" | "missing" | "unknown";
                found: string;
                todo?: string;
            }[];
        };
        VolumeInput: {
            name: string;
            project: string;
            image: string;
            sizeBytes: number;
            /** @description What it takes by itself, beyond what it shares with its image */
            ownBytes: number;
            /** @description The node that runs from it now */
            node: string | null;
            createdAt: string;
        };
        DeletedInput: {
            id: string;
            /** @enum {string} */
            kind: "image" | "volume";
            name: string;
            project: string | null;
            deletedAt: string;
            /** @description It goes earlier where its space is needed */
            keptUntil: string;
        };
        SpareInput: {
            /** @description This node */
            node?: string;
            /** @description Or any whose label "class" says this */
            class?: string;
        };
        BootInput: {
            id: string;
            node: string;
            project: string;
            image: string;
            volume: string;
            /**
             * @description diskless: the disk stays on the network; copy: the image is written to the local disk, which is booted then; ram: the image is held in memory
             * @enum {string}
             */
            mode: "diskless" | "copy" | "ram";
            /** @description The boot group that it was asked for with */
            group: string | null;
            /** @enum {string} */
            priority: "low" | "normal" | "high";
            /** @enum {string} */
            state: "booting" | "running" | "failed" | "ending" | "ended";
            operation: string;
            /** @description On the provisioning network; empty until another DHCP server has given one */
            address: string;
            hostname: string;
            /** @description Made before the boot; of an image that makes its own, as the node reported them */
            sshHostKeys: string[];
            timeline: {
                stage: string;
                at: string;
            }[];
            phases: {
                /** @enum {string} */
                phase: "queue" | "control" | "firmware" | "dhcp" | "ipxe" | "kernel" | "copy" | "reboot" | "disk-firmware" | "disk-kernel" | "userland";
                milliseconds: number;
            }[];
            error: {
                code: string;
                message: string;
                hint?: string;
            } | null;
            createdAt: string;
        };
        BootGroupInput: {
            id: string;
            project: string;
            image: string;
            /** @description How many nodes were asked for */
            count: number;
            /** @enum {string} */
            state: "booting" | "running" | "incomplete" | "ended";
            operation: string;
            tally: {
                waiting: number;
                booting: number;
                running: number;
                failed: number;
                ended: number;
            };
            members: {
                node: string;
                /** @description None where the node was passed over */
                boot: string | null;
                /** @enum {string} */
                state: "booting" | "running" | "failed" | "ending" | "ended" | "passed-over";
                /** @description The last that it reached */
                stage: string | null;
                address: string | null;
                error: {
                    code: string;
                    message: string;
                    hint?: string;
                } | null;
            }[];
            createdAt: string;
        };
        AdmissionInput: {
            /** @description So many nodes come up at the same time */
            bound: number;
            comingUp: number;
            waiting: number;
        };
        Error: {
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            };
        };
        Operation: {
            id: string;
            kind: string;
            subject: string;
            project: string | null;
            /** @enum {string} */
            state: "running" | "succeeded" | "failed";
            steps: {
                name: string;
                startedAt: string;
                finishedAt?: string;
                /** @description What is being waited for */
                note?: string;
            }[];
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            } | null;
            createdAt: string;
            finishedAt: string | null;
        };
        Done: Record<string, never>;
        Started: {
            /** @description Follow it at /operations/{id} */
            operation: string;
        };
        Hook: {
            name: string;
            subject: string | null;
            url: string;
            timeoutSeconds: number;
        };
        User: {
            name: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            disabled: boolean;
            projects: string[];
        };
        Token: {
            id: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            project: string | null;
            user: string | null;
            label: string;
            createdAt: string;
            expiresAt: string | null;
            /** @description By the hour */
            lastUsedAt: string | null;
        };
        Event: {
            sequence: number;
            at: string;
            kind: string;
            subject: string;
            project: string | null;
            data: {
                [key: string]: unknown;
            };
        };
        AuditLine: {
            sequence: number;
            at: string;
            /** @description token/ID, user/NAME, oidc/SUBJECT, or the service itself */
            actor: string;
            label: string;
            address: string | null;
            request: string | null;
            action: string;
            /** @description What was sent, as JSON without secrets */
            input: string | null;
            /** @enum {string} */
            outcome: "done" | "begun" | "refused" | "failed";
            code: string | null;
            hash: string;
        };
        Network: {
            name: string;
            /** @description `PROJECT/NAME`, or `NAME` for the operator's */
            fullName: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @description Shown to operators */
            vlan?: number;
            /** @description Its ports cannot reach one another, only ports that are not isolated */
            isolated: boolean;
            public: boolean;
            access: string[];
        };
        Node: {
            name: string;
            /** @description Who holds it; null is nobody, or not yours to know */
            project: string | null;
            /** @description The time that it holds it */
            allocation: string | null;
            /** @description null is the data centre */
            owner: string | null;
            /** @description Why it is given to operators alone */
            maintenance: string | null;
            /** @description The one that it is held by */
            lease: {
                id: string;
                project: string;
                endsAt: string;
                recalledAt: string | null;
            } | null;
            /** @enum {string} */
            state: "free" | "allocated" | "releasing";
            /** @enum {string} */
            firmware: "bios" | "uefi";
            nics: {
                name: string;
                mac: string;
                switch?: string;
                port?: string;
                networks: {
                    /** @description Its full name */
                    network: string;
                    /** @enum {string} */
                    mode: "native" | "tagged";
                    /** @enum {string} */
                    state: "attaching" | "attached" | "detaching";
                }[];
            }[];
            /** @description What the operator noted */
            metadata: {
                [key: string]: unknown;
            };
        };
        Power: {
            /** @enum {string} */
            power: "on" | "off";
        };
        Project: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
        };
        ProjectDetails: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
            createdAt: string;
            quota: {
                /** @description null is as many as there are */
                nodes: number | null;
                /** @description null is as many as there are */
                networks: number | null;
            };
            used: {
                nodes: number;
                networks: number;
            };
        };
        Switch: {
            name: string;
            driver: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            ports: number;
        };
        Port: {
            name: string;
            /** @description The NIC at the other end, as node/nic */
            nic: string | null;
            /** @enum {string} */
            state: "pending" | "verified" | "failed" | "drifted";
            wanted: string;
            observed: string;
            error: string | null;
        };
        SwitchDiff: {
            switch: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            /** @description How many registered ports were read */
            read: number;
            /** @description Those that are not as they should be */
            ports: {
                name: string;
                nic: string | null;
                /**
                 * @description A pending one is being changed
                 * @enum {string}
                 */
                state: "pending" | "verified" | "failed" | "drifted";
                wanted: string;
                found: string;
            }[];
            /** @description Other ports that carry VLANs of networks: links between switches and machines of the operator do */
            unregistered: {
                name: string;
                found: string;
                networks: string[];
            }[];
        };
        ConsoleMatches: {
            matches: {
                /** @description Where the line begins in the log, in bytes */
                offset: number;
                /** @description When it was printed, within a quarter of a second */
                at: string | null;
                line: string;
                before: string[];
                after: string[];
            }[];
            /** @description Send it as `after` to go on; null when all was searched */
            next: number | null;
        };
        ConsoleLog: {
            allocation: string;
            node: string;
            project: string;
            startedAt: string;
            /** @description Null while the project holds the node */
            endedAt: string | null;
            /** @description What is kept of it */
            bytes: number;
        };
        Facts: {
            system: {
                vendor?: string;
                product?: string;
                serial?: string;
                bios?: string;
                firmware?: string;
                tpm?: string;
            };
            cpu: {
                model?: string;
                sockets: number;
                threads: number;
            };
            memoryBytes: number;
            disks: {
                name: string;
                bytes: number;
                model?: string;
                serial?: string;
                rotational?: boolean;
            }[];
            nics: {
                name: string;
                mac: string;
                link: boolean;
                megabits?: number;
                /** @description The switch that it heard by LLDP; shown to operators */
                neighbour?: {
                    chassisId: string;
                    portId: string;
                    systemName?: string;
                };
            }[];
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded" | "failed";
            bmc: {
                reachable: boolean;
                power: ("on" | "off") | null;
                readAt: string | null;
                error: {
                    code: string;
                    message: string;
                    at: string;
                } | null;
            };
            ports: {
                nic: string;
                /** @enum {string} */
                state: "pending" | "verified" | "failed";
                /** @description Shown to operators */
                error: string | null;
            }[];
        };
        Lease: {
            id: string;
            node: string;
            /** @description null is the data centre */
            owner: string | null;
            /** @description The tenant */
            project: string;
            startsAt: string;
            endsAt: string;
            noticeSeconds: number;
            recalledAt: string | null;
            /** @enum {string} */
            state: "scheduled" | "active" | "ended";
            /** @description Why what is due has not happened yet */
            cause: string | null;
            endedAt: string | null;
        };
        Latency: {
            count: number;
            sumUs: number;
            /** @description Not cumulative; powers of two */
            buckets: {
                belowUs: number;
                count: number;
            }[];
        };
        TrafficFigures: {
            reads: number;
            writes: number;
            flushes: number;
            readBytes: number;
            writtenBytes: number;
            errors: number;
            /** @description Blocks of images that the shared cache had */
            cacheHits: number;
            cacheMisses: number;
            latency: {
                read: components["schemas"]["Latency"];
                write: components["schemas"]["Latency"];
                flush: components["schemas"]["Latency"];
            };
        };
        BootTraffic: {
            boot: string;
            node: string;
            project: string;
            volume: string;
            image: string;
            lease: string | null;
            begunAt: string;
            updatedAt: string;
            figures: components["schemas"]["TrafficFigures"];
            /** @description Cumulative; ms since the boot was asked for */
            points: {
                ms: number;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        Traffic: {
            /** @description The oldest first */
            boots: components["schemas"]["BootTraffic"][];
            total: components["schemas"]["TrafficFigures"];
            /** @description The sum of all, cumulative */
            points: {
                at: string;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        Image: {
            name: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @enum {string} */
            kind: "image" | "snapshot";
            /** @enum {string} */
            state: "uploading" | "sealed";
            public: boolean;
            /** @description 0 until it is known */
            sizeBytes: number;
            sha256: string | null;
            parent: string | null;
            /** @description Projects that may boot it; told to its owner alone */
            sharedWith: string[];
            createdAt: string;
        };
        ScriptOutput: {
            /** @description The last 256 KiB of it */
            output: string;
            at: string;
        };
        BootReport: {
            /**
             * @description As far as a disk can tell: it was not booted
             * @enum {string}
             */
            boots: "yes" | "no" | "unknown";
            system?: string;
            findings: {
                what: string;
                /** @enum {string} */
                state: "ok" | "missing" | "unknown";
                found: string;
                todo?: string;
            }[];
        };
        Volume: {
            name: string;
            project: string;
            image: string;
            sizeBytes: number;
            /** @description What it takes by itself, beyond what it shares with its image */
            ownBytes: number;
            /** @description The node that runs from it now */
            node: string | null;
            createdAt: string;
        };
        Deleted: {
            id: string;
            /** @enum {string} */
            kind: "image" | "volume";
            name: string;
            project: string | null;
            deletedAt: string;
            /** @description It goes earlier where its space is needed */
            keptUntil: string;
        };
        Spare: {
            /** @description This node */
            node?: string;
            /** @description Or any whose label "class" says this */
            class?: string;
        };
        Boot: {
            id: string;
            node: string;
            project: string;
            image: string;
            volume: string;
            /**
             * @description diskless: the disk stays on the network; copy: the image is written to the local disk, which is booted then; ram: the image is held in memory
             * @enum {string}
             */
            mode: "diskless" | "copy" | "ram";
            /** @description The boot group that it was asked for with */
            group: string | null;
            /** @enum {string} */
            priority: "low" | "normal" | "high";
            /** @enum {string} */
            state: "booting" | "running" | "failed" | "ending" | "ended";
            operation: string;
            /** @description On the provisioning network; empty until another DHCP server has given one */
            address: string;
            hostname: string;
            /** @description Made before the boot; of an image that makes its own, as the node reported them */
            sshHostKeys: string[];
            timeline: {
                stage: string;
                at: string;
            }[];
            phases: {
                /** @enum {string} */
                phase: "queue" | "control" | "firmware" | "dhcp" | "ipxe" | "kernel" | "copy" | "reboot" | "disk-firmware" | "disk-kernel" | "userland";
                milliseconds: number;
            }[];
            error: {
                code: string;
                message: string;
                hint?: string;
            } | null;
            createdAt: string;
        };
        BootGroup: {
            id: string;
            project: string;
            image: string;
            /** @description How many nodes were asked for */
            count: number;
            /** @enum {string} */
            state: "booting" | "running" | "incomplete" | "ended";
            operation: string;
            tally: {
                waiting: number;
                booting: number;
                running: number;
                failed: number;
                ended: number;
            };
            members: {
                node: string;
                /** @description None where the node was passed over */
                boot: string | null;
                /** @enum {string} */
                state: "booting" | "running" | "failed" | "ending" | "ended" | "passed-over";
                /** @description The last that it reached */
                stage: string | null;
                address: string | null;
                error: {
                    code: string;
                    message: string;
                    hint?: string;
                } | null;
            }[];
            createdAt: string;
        };
        Admission: {
            /** @description So many nodes come up at the same time */
            bound: number;
            comingUp: number;
            waiting: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
