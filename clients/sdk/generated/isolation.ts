// Made by `npm run sdk` from the OpenAPI document of the isolation service. Do not edit.
export interface paths {
    "/isolation/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List projects */
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
                        "application/json": components["schemas"]["Project"][];
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
        /** Create a project */
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
                    "application/json": components["schemas"]["ProjectInput"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Project"];
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
    "/isolation/v1/projects/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a project: what it holds and may hold */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
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
                        "application/json": components["schemas"]["ProjectDetails"];
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
        /** Delete an empty project */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
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
    "/isolation/v1/projects/{project}/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Say how much a project may hold */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    project: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description null is as many as there are */
                        nodes: number | null;
                        /** @description null is as many as there are */
                        networks: number | null;
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
                        "application/json": components["schemas"]["ProjectDetails"];
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
    "/isolation/v1/switches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List switches */
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
                        "application/json": components["schemas"]["Switch"][];
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
        /** Register a switch */
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
                        driver: string;
                        /** @description The driver's connection settings; secrets are encrypted at rest and never returned */
                        settings: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
                         * @default repair
                         * @enum {string}
                         */
                        drift?: "repair" | "report";
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
                        "application/json": components["schemas"]["Switch"];
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
    "/isolation/v1/switches/{switch}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a switch without ports */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
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
        /** Say what is done about drift */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
                         * @enum {string}
                         */
                        drift: "repair" | "report";
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
        trace?: never;
    };
    "/isolation/v1/switches/{switch}/ports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List ports: what each should carry and what it was read to carry */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
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
                        "application/json": components["schemas"]["Port"][];
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
    "/isolation/v1/switches/{switch}/ports/{port}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Register a port; it is closed first */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
                    port: string;
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
        /** Delete a port without a NIC */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
                    port: string;
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
    "/isolation/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nodes: the free ones and your own */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                    free?: string;
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
                        "application/json": components["schemas"]["Node"][];
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
        /** Register a node with its BMC and NICs */
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
                        /** @enum {string} */
                        firmware: "bios" | "uefi";
                        bmc: {
                            driver: string;
                            /** @description The driver's connection settings; secrets are encrypted at rest and never returned */
                            settings: {
                                [key: string]: unknown;
                            };
                        };
                        nics?: {
                            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                            name: string;
                            mac: string;
                            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                            switch?: string;
                            port?: string;
                        }[];
                        /** @description Registered, and given to nobody yet: why */
                        maintenance?: string;
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
                        "application/json": components["schemas"]["Node"];
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
    "/isolation/v1/nodes/{node}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a node */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": components["schemas"]["Node"];
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
        /** Delete a free node */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
        /** Change a node: its BMC (which must answer), firmware, owner, maintenance */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        bmc?: {
                            driver: string;
                            /** @description The driver's connection settings; secrets are encrypted at rest and never returned */
                            settings: {
                                [key: string]: unknown;
                            };
                        };
                        /** @enum {string} */
                        firmware?: "bios" | "uefi";
                        owner?: string | null;
                        maintenance?: {
                            on: boolean;
                            /** @default no reason given */
                            reason?: string;
                        };
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
                        "application/json": components["schemas"]["Node"];
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
    "/isolation/v1/nodes/{node}/metadata/{label}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Note something at a node, as JSON */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                    label: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Any JSON */
                        value: unknown;
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
        /** Take a note off a node */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                    label: string;
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
    "/isolation/v1/nodes/{node}/nics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a NIC to a free node */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        name: string;
                        mac: string;
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        switch?: string;
                        port?: string;
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
    "/isolation/v1/nodes/{node}/nics/{nic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a NIC of a free node */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    nic: string;
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
    "/isolation/v1/nodes/{node}/allocate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a free node to a project */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        project: string;
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
                        "application/json": components["schemas"]["Node"];
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
    "/isolation/v1/nodes/{node}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a node back: power off, all networks off, free */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description Only if it is still this one
                         */
                        allocation?: string;
                        /** @description By an operator, where the BMC cannot tell that the server is off */
                        confirmedOff?: boolean;
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
    "/isolation/v1/nodes/{node}/power": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the power */
        get: {
            parameters: {
                query?: {
                    /** @description Asks the BMC, also where it was asked a moment ago */
                    fresh?: string;
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": {
                            /** @enum {string} */
                            power: "on" | "off";
                            readAt: string;
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
        /** Change the power, and read back that it changed */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        action: "on" | "off" | "cycle" | "reset" | "soft";
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
                        "application/json": components["schemas"]["Power"];
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
    "/isolation/v1/nodes/{node}/boot-device": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Choose what the node boots from */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        device: "network" | "disk" | "none";
                        /** @default false */
                        persistent?: boolean;
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
    "/isolation/v1/networks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List networks */
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
                        "application/json": components["schemas"]["Network"][];
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
        /** Create a network */
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
                        vlan?: number;
                        /** @default false */
                        isolated?: boolean;
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
                        "application/json": components["schemas"]["Network"];
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
    "/isolation/v1/networks/{network}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a network */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description NAME or PROJECT/NAME; /NAME is the operator's */
                    network: string;
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
                        "application/json": components["schemas"]["Network"];
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
        /** Delete a network that no NIC is on */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description NAME or PROJECT/NAME; /NAME is the operator's */
                    network: string;
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
    "/isolation/v1/networks/{network}/access/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Let a project attach its nodes */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description NAME or PROJECT/NAME; /NAME is the operator's */
                    network: string;
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
        /** Take that access back */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description NAME or PROJECT/NAME; /NAME is the operator's */
                    network: string;
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
    "/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Put a NIC on a network */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    nic: string;
                    /** @description NAME or PROJECT/NAME; /NAME is the operator's */
                    network: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @default native
                         * @enum {string}
                         */
                        mode?: "native" | "tagged";
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
        post?: never;
        /** Take a NIC off a network */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    nic: string;
                    /** @description NAME or PROJECT/NAME; /NAME is the operator's */
                    network: string;
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
    "/isolation/v1/wipe-hooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List hooks */
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
                        "application/json": components["schemas"]["Hook"][];
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
    "/isolation/v1/wipe-hooks/{hook}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Ask a service before it happens */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    hook: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: uri */
                        url: string;
                        /** @description It is asked with it as a bearer; never shown again */
                        token: string;
                        /**
                         * @description `node/NAME`; null is for all
                         * @default null
                         */
                        subject?: string | null;
                        /** @default 3600 */
                        timeoutSeconds?: number;
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
                        "application/json": components["schemas"]["Hook"];
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
        /** No longer ask it */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    hook: string;
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
    "/isolation/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who this token is */
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
                        "application/json": {
                            id: string;
                            /** @enum {string} */
                            role: "admin" | "operator" | "service" | "member" | "auditor";
                            /** @description Those that a member acts for */
                            projects: string[];
                            /** @description The only one of them */
                            project: string | null;
                            label: string;
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
    "/isolation/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
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
                        "application/json": components["schemas"]["User"][];
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
        /** Create a user */
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
                        /**
                         * @default member
                         * @enum {string}
                         */
                        role?: "admin" | "operator" | "member" | "auditor";
                        /** @description For HTTP Basic; without one the user cannot log in */
                        password?: string;
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
                        "application/json": components["schemas"]["User"];
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
    "/isolation/v1/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a user */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    user: string;
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
                        "application/json": components["schemas"]["User"];
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
        /** Delete a user, and its tokens with it */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    user: string;
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
        /** Change a user, or your own password */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    user: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        role?: "admin" | "operator" | "member" | "auditor";
                        /** @description For HTTP Basic; without one the user cannot log in */
                        password?: string;
                        disabled?: boolean;
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
                        "application/json": components["schemas"]["User"];
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
    "/isolation/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your tokens and those of your projects */
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
                        "application/json": components["schemas"]["Token"][];
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
        /** Make a token; it is shown this once */
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
                        label: string;
                        /**
                         * @description At most your own, which it is by default
                         * @enum {string}
                         */
                        role?: "admin" | "operator" | "service" | "member" | "auditor";
                        /** @description The only project that it acts for */
                        project?: string;
                        expiresInSeconds?: number;
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
                        "application/json": {
                            token: string;
                            id: string;
                            expiresAt: string | null;
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
    "/isolation/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a token back, and its copies with it */
        delete: {
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
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/isolation/v1/projects/{project}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Let a user act for a project */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    project: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    user: string;
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
        /** No longer let a user act for a project */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    project: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    user: string;
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
    "/isolation/v1/projects/{project}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a token that acts for a project; it is shown this once */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    project: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        label: string;
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
                        "application/json": {
                            token: string;
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
    "/isolation/v1/operations/{id}": {
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
    "/isolation/v1/events": {
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
    "/isolation/v1/events/stream": {
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
    "/isolation/v1/audit": {
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
    "/isolation/v1/audit/verify": {
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
    "/isolation/v1/nodes/{node}/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The serial console as text, recorded since the project holds the node */
        get: {
            parameters: {
                query?: {
                    /** @description Begin so many bytes before the end */
                    tail?: number;
                    /** @description Begin at what was printed then; counts more than `tail` */
                    since?: string;
                    follow?: string;
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
        /** Send keys to the serial console */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        keys: string;
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
    "/isolation/v1/consoles/{allocation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A recorded console, of now or of a former allocation, as text */
        get: {
            parameters: {
                query?: {
                    /** @description Begin so many bytes before the end */
                    tail?: number;
                    /** @description Begin at what was printed then; counts more than `tail` */
                    since?: string;
                };
                header?: never;
                path: {
                    allocation: string;
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
    "/isolation/v1/consoles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the recorded consoles of your projects, oldest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node?: string;
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
                        "application/json": components["schemas"]["ConsoleLog"][];
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
    "/isolation/v1/nodes/{node}/console/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find text in the recorded console */
        get: {
            parameters: {
                query: {
                    /** @description Plain text; escape sequences between its letters do not count */
                    q: string;
                    ignoreCase?: string;
                    since?: string;
                    /** @description The `next` of the answer before */
                    after?: number;
                    limit?: number;
                    context?: number;
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": components["schemas"]["ConsoleMatches"];
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
    "/isolation/v1/consoles/{allocation}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find text in a recorded console */
        get: {
            parameters: {
                query: {
                    /** @description Plain text; escape sequences between its letters do not count */
                    q: string;
                    ignoreCase?: string;
                    since?: string;
                    /** @description The `next` of the answer before */
                    after?: number;
                    limit?: number;
                    context?: number;
                };
                header?: never;
                path: {
                    allocation: string;
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
                        "application/json": components["schemas"]["ConsoleMatches"];
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
    "/isolation/v1/nodes/{node}/console/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A ticket that opens one console stream, once, where no Authorization header can be sent */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": {
                            ticket: string;
                            expiresInSeconds: number;
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
    "/isolation/v1/nodes/{node}/console/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The serial console as a WebSocket: its frames are told in services/isolation/consoles/README.md */
        get: {
            parameters: {
                query?: {
                    /** @description Begin so many bytes before the end */
                    tail?: number;
                    /** @description Begin at what was printed then; counts more than `tail` */
                    since?: string;
                    /** @description Ask for the writer's seat */
                    write?: string;
                    /** @description Put another writer out of it */
                    take?: string;
                    /** @description In place of an Authorization header; good once */
                    ticket?: string;
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The stream begins */
                101: {
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
    "/isolation/v1/switches/{switch}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the switch now: where it is not as it should be */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
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
                        "application/json": components["schemas"]["SwitchDiff"];
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
    "/isolation/v1/switches/{switch}/repair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a port as it should be, or all that are not known to be so */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        port?: string;
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
    "/isolation/v1/switches/{switch}/learned": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask the switch now whom it hears at which port */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    switch: string;
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
                        "application/json": {
                            port: string;
                            registered: boolean;
                            /** @description Learned from frames; null where the switch does not tell */
                            addresses: string[] | null;
                            /** @description Heard by LLDP; null where the switch does not tell */
                            neighbours: {
                                chassisId: string;
                                portId: string;
                                systemName: string | null;
                            }[] | null;
                        }[];
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
    "/isolation/v1/nodes/{node}/nics/{nic}/cable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Say where the cable of a free node's NIC goes */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    nic: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        switch: string;
                        port: string;
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
        /** Say that the NIC of a free node has no cable */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    nic: string;
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
    "/isolation/v1/nodes/{node}/sensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what the node measures */
        get: {
            parameters: {
                query?: {
                    /** @description Asks the BMC, also where it was asked a moment ago */
                    fresh?: string;
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": {
                            sensors: {
                                name: string;
                                reading: number | null;
                                /** @enum {string} */
                                unit: "celsius" | "rpm" | "percent" | "volt" | "watt";
                                /** @enum {string} */
                                status: "ok" | "warning" | "critical" | "off" | "unknown";
                            }[];
                            readAt: string;
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
    "/isolation/v1/nodes/{node}/power-draw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what the node draws now */
        get: {
            parameters: {
                query?: {
                    /** @description Asks the BMC, also where it was asked a moment ago */
                    fresh?: string;
                };
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": {
                            watts: number;
                            readAt: string;
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
    "/isolation/v1/nodes/{node}/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Does its BMC answer, are its ports as they should be */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": components["schemas"]["Health"];
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
    "/isolation/v1/nodes/{node}/inspection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the node is made of */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": {
                            at: string;
                            facts: components["schemas"]["Facts"];
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
        /** Report it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        token: string;
                        facts: components["schemas"]["FactsInput"];
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
    "/isolation/v1/nodes/{node}/inspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a token for one report of what the node is made of */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
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
                        "application/json": {
                            token: string;
                            expiresAt: string;
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
    "/isolation/v1/nodes/{node}/wiping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** For the service behind a wipe hook: open a node on its way out, to boot and wipe it */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description As the hook was told */
                        allocation: string;
                        /** @description The release that asks the hook, as it was told */
                        operation: string;
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
    "/isolation/v1/leases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List leases: those that you gave and those that you have */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node?: string;
                    open?: string;
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
                        "application/json": components["schemas"]["Lease"][];
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
        /** Lease a node to a project for a time */
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
                        /** @description The tenant */
                        project: string;
                        /**
                         * Format: date-time
                         * @description Now, where it is left out
                         */
                        startsAt?: string;
                        /** Format: date-time */
                        endsAt: string;
                        /**
                         * @description How long before its end the tenant is told; what a recall leaves it
                         * @default 0
                         */
                        noticeSeconds?: number;
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
                        "application/json": components["schemas"]["Lease"];
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
    "/isolation/v1/leases/{lease}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a lease */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    lease: string;
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
                        "application/json": components["schemas"]["Lease"];
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
        /** Extend a lease */
        patch: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    lease: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: date-time */
                        endsAt: string;
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
                        "application/json": components["schemas"]["Lease"];
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
    "/isolation/v1/leases/{lease}/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Want the node back: the lease ends after its notice */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    lease: string;
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
                        "application/json": components["schemas"]["Lease"];
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
    "/isolation/v1/leases/{lease}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give the node back early */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    lease: string;
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
                        "application/json": components["schemas"]["Lease"];
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
